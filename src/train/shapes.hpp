// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "espalier/core/results.hpp"
#include "train/parameters.hpp"

namespace espalier::train {

/// Links that a layer of `size` possible links has at `sparsity`: size - floor(sparsity * size), at least 1. (RigL's
/// convention; products within 1e-6 of a whole number count as that number, so that decimal sparsities are exact.)
std::uint64_t link_count(std::uint64_t size, double sparsity);

/// Links of each sparse layer (shapes give D and K) for the initial distribution `links` of the rules' parameter. Together
/// they have the same total for uniform, fixed-fan-in and erk; er has less where a layer would be more than full.
std::vector<std::uint64_t> link_counts(std::span<const core::LayerShape> layers, double sparsity, LinkLaw links);

/// All layers with all their links: convolutions, fully connected hidden layers, and the output layer.
std::vector<core::LayerShape> dense_shapes(const Outline& outline);

/// Links of all layers together.
std::uint64_t total_links(std::span<const core::LayerShape> layers);

}  // namespace espalier::train
