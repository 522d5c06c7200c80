// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "espalier/net/classifier.hpp"
#include "espalier/robust/evaluate.hpp"

namespace espalier::robust {

/// Mean of the logits over draws first .. first+draws-1, as a running mean: equal draws give equal bits.
net::Matrix mean_logits(net::Classifier& classifier, const net::Matrix& X, std::span<const std::uint64_t> images,
                        std::uint64_t first, std::uint64_t draws);

/// Evaluates the images of a batch by draws 0 .. draws-1 and appends to `scores`.
void score(net::Classifier& classifier, const net::Matrix& X, std::span<const std::uint64_t> images,
           std::span<const std::uint8_t> labels, std::uint64_t draws, Scores& scores);

/// Share of entries that are not 0.
double share(std::span<const std::uint8_t> bits);

}  // namespace espalier::robust
