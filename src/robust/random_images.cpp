// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <numeric>
#include <utility>

#include "espalier/robust/evaluate.hpp"

namespace espalier::robust {

std::vector<std::uint64_t> random_images(std::uint32_t all, std::uint32_t images, const Seeds& seeds) {
  std::vector<std::uint64_t> numbers(all);
  std::iota(numbers.begin(), numbers.end(), 0);
  core::Random random = seeds.stream("test-images").random(0);
  for (std::uint64_t i = 0; i < images; ++i) std::swap(numbers[i], numbers[i + random.below(all - i)]);
  numbers.resize(images);
  std::ranges::sort(numbers);
  return numbers;
}

}  // namespace espalier::robust
