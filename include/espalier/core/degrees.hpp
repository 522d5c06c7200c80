// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace espalier::core {

/// Bins of a histogram of degrees: 0 to 15 one by one, from there four bins per doubling, the last one without end.
inline constexpr std::size_t degree_bins = 40;

/// The bin that counts neurons of this degree.
constexpr std::size_t degree_bin(std::uint32_t degree) {
  if (degree < 16) return degree;
  const auto doubling = static_cast<std::uint32_t>(std::bit_width(degree)) - 1;
  return std::min<std::size_t>(16 + (doubling - 4) * 4 + ((degree >> (doubling - 2)) & 3U), degree_bins - 1);
}

/// The smallest degree that `bin` counts.
constexpr std::uint32_t first_degree(std::size_t bin) {
  const auto above = static_cast<std::uint32_t>(bin - 16);
  return bin < 16 ? static_cast<std::uint32_t>(bin) : (4 + above % 4) << (2 + above / 4);
}

/// How many neurons of a sparse layer have which degree: its outputs by their links in, its inputs by their links out.
struct LayerDegrees {
  std::array<std::uint32_t, degree_bins> in{}, out{};
  bool operator==(const LayerDegrees&) const = default;
};

}  // namespace espalier::core
