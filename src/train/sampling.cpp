// SPDX-License-Identifier: BSD-3-Clause
#include "train/sampling.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace espalier::train {
namespace {

/// Sorts numbers that were drawn uniformly from 0..n-1, in linear time: each goes to one of as many equal ranges as there are
/// numbers, and what shares a range is put in order at the end.
void sort_uniform(std::vector<std::uint64_t>& numbers, std::uint64_t n) {
  const std::uint64_t width = n / (numbers.size() + 1) + 1;
  std::vector<std::uint32_t> next(n / width + 2, 0);
  for (const std::uint64_t number : numbers) ++next[number / width + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  std::vector<std::uint64_t> sorted(numbers.size());
  for (const std::uint64_t number : numbers) sorted[next[number / width]++] = number;
  for (std::size_t i = 1; i < sorted.size(); ++i)
    for (std::size_t k = i; k > 0 && sorted[k - 1] > sorted[k]; --k) std::swap(sorted[k - 1], sorted[k]);
  numbers = std::move(sorted);
}

/// Draws with replacement until `count` different numbers have come up: with count <= n / 2 that takes at most about 1.4 count
/// draws, and by symmetry every subset is as likely as another.
std::vector<std::uint64_t> draw_sparse(std::uint64_t n, std::uint64_t count, core::Random& random) {
  std::vector<std::uint64_t> drawn, more;
  while (drawn.size() < count) {
    more.resize(count - drawn.size());
    std::ranges::generate(more, [&] { return random.below(n); });
    sort_uniform(more, n);
    const auto old = static_cast<std::ptrdiff_t>(drawn.size());
    drawn.insert(drawn.end(), more.begin(), more.end());
    std::inplace_merge(drawn.begin(), drawn.begin() + old, drawn.end());
    drawn.erase(std::unique(drawn.begin(), drawn.end()), drawn.end());
  }
  return drawn;
}

/// The numbers of 0..n-1 that are not in `taken` (increasing).
std::vector<std::uint64_t> complement(std::span<const std::uint64_t> taken, std::uint64_t n) {
  std::vector<std::uint64_t> rest;
  rest.reserve(n - taken.size());
  auto next = taken.begin();
  for (std::uint64_t i = 0; i < n; ++i)
    if (next != taken.end() && *next == i)
      ++next;
    else
      rest.push_back(i);
  return rest;
}

}  // namespace

std::vector<std::uint64_t> draw_subset(std::uint64_t n, std::uint64_t count, core::Random& random) {
  if (count > n) throw std::logic_error("draw_subset: more numbers are wanted than there are");
  return count <= n / 2 ? draw_sparse(n, count, random) : complement(draw_sparse(n, n - count, random), n);
}

std::vector<std::uint64_t> draw_free(std::span<const std::uint64_t> taken, std::uint64_t n, std::uint64_t count,
                                     core::Random& random) {
  // Ranks among the free numbers; each becomes a number by stepping over what is taken before it.
  std::vector<std::uint64_t> drawn = draw_subset(n - taken.size(), count, random);
  std::uint64_t before = 0;
  for (std::uint64_t& number : drawn) {
    while (before < taken.size() && taken[before] <= number + before) ++before;
    number += before;
  }
  return drawn;
}

}  // namespace espalier::train
