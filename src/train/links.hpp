// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "espalier/core/random.hpp"
#include "espalier/net/network.hpp"
#include "train/parameters.hpp"

namespace espalier::train {

/// Place of the link from input j to output k among the D K possible ones: j K + k, so that increasing places are the order
/// of a layer's compressed columns.
inline std::uint64_t place(std::uint32_t j, std::uint32_t k, std::uint32_t outputs) { return std::uint64_t{j} * outputs + k; }

/// Places of all links of a layer, increasing.
std::vector<std::uint64_t> places(const net::SparseLayer& layer);

/// One flag per possible link: whether it is live.
std::vector<bool> occupancy(const net::SparseLayer& layer);

/// Draws the initial links of a layer of shape `shape` (exactly shape.links of them), all weights and biases 0.
/// With LinkLaw::fixed_fan_in (each output the same number of inputs, or one more), or else any subset with equal probability,
/// after which every output without an input takes over one input of an output that has several, as far as that goes.
net::SparseLayer draw_links(const core::LayerShape& shape, LinkLaw links, core::Random random);

/// A layer with these links (increasing places), all weights and biases 0, indexed by output.
net::SparseLayer from_places(std::uint32_t inputs, std::uint32_t outputs, const std::vector<std::uint64_t>& places);

}  // namespace espalier::train
