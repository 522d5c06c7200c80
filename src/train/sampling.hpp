// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "espalier/core/random.hpp"

namespace espalier::train {

/// `count` different numbers of 0..n-1 in increasing order, uniformly. Time and memory only grow with `count`.
std::vector<std::uint64_t> draw_subset(std::uint64_t n, std::uint64_t count, core::Random& random);

/// `count` different numbers of 0..n-1 that are not in `taken` (increasing), in increasing order, uniformly. However full the
/// range is, time and memory only grow with what is taken plus drawn.
std::vector<std::uint64_t> draw_free(std::span<const std::uint64_t> taken, std::uint64_t n, std::uint64_t count,
                                     core::Random& random);

}  // namespace espalier::train
