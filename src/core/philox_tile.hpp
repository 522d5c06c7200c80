// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

namespace espalier::core {

/// Blocks that are computed side by side.
inline constexpr std::uint32_t tile_blocks = 32;

/// Word j of block l is tile[j][l].
using Tile = std::array<std::array<std::uint32_t, tile_blocks>, 4>;

/// Philox4x32-10 of the counters {first + l, c1, c2, c3}, l = 0..31: the function of Random123, the blocks in the inner loop, so
/// that the compiler vectorises it. Low and high halves of the products are written apart because GCC is faster at that.
inline Tile philox_tile(std::uint64_t key, std::uint32_t first, std::uint32_t c1, std::uint32_t c2, std::uint32_t c3) {
  constexpr std::uint32_t m0 = 0xD2511F53U, m1 = 0xCD9E8D57U;        // multipliers and
  constexpr std::uint32_t weyl0 = 0x9E3779B9U, weyl1 = 0xBB67AE85U;  // key increments of [Salmon et al. 2011]
  Tile c;
  for (std::uint32_t l = 0; l < tile_blocks; ++l) c[0][l] = first + l;
  c[1].fill(c1);
  c[2].fill(c2);
  c[3].fill(c3);
  auto k0 = static_cast<std::uint32_t>(key);
  auto k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round, k0 += weyl0, k1 += weyl1) {
    for (std::uint32_t l = 0; l < tile_blocks; ++l) {
      const std::uint32_t x0 = c[0][l], x1 = c[1][l], x2 = c[2][l], x3 = c[3][l];
      const auto high0 = static_cast<std::uint32_t>(std::uint64_t{x0} * m0 >> 32);
      const auto high1 = static_cast<std::uint32_t>(std::uint64_t{x2} * m1 >> 32);
      c[0][l] = high1 ^ x1 ^ k0;
      c[1][l] = x2 * m1;
      c[2][l] = high0 ^ x3 ^ k1;
      c[3][l] = x0 * m0;
    }
  }
  return c;
}

}  // namespace espalier::core
