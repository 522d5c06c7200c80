// SPDX-License-Identifier: BSD-3-Clause
#include "train/archive.hpp"

#include <cstdint>

namespace espalier::train {

void Archive::bits(std::vector<bool>& values) {
  std::vector<std::uint8_t> packed((values.size() + 7) / 8, 0);
  for (std::size_t i = 0; i < values.size(); ++i)
    packed[i / 8] = static_cast<std::uint8_t>(packed[i / 8] | (static_cast<unsigned>(values[i]) << (i % 8)));
  numbers(packed);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = (packed[i / 8] >> (i % 8) & 1U) != 0;
}

}  // namespace espalier::train
