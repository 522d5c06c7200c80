#pragma once

#include <cstdint>
#include <vector>

#include "espalier/core/random.hpp"

namespace espalier::train {

/// Draws `count` of the places that are false in `taken` (`free` of them, count <= free) uniformly without replacement, marks
/// them as taken and returns them in increasing order. Linear in what is taken plus drawn: it guesses while at least half of
/// the places stay free, and lists the free places otherwise.
std::vector<std::uint64_t> draw_free(std::vector<bool>& taken, std::uint64_t free, std::uint64_t count, core::Random& random);

/// `count` different numbers of 0..n-1 in increasing order, uniformly.
std::vector<std::uint64_t> draw_subset(std::uint64_t n, std::uint64_t count, core::Random& random);

}  // namespace espalier::train
