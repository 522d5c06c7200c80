// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <set>

#include "core/philox_tile.hpp"
#include "espalier/core/random.hpp"

using namespace espalier;

namespace {

/// The four words of one block as the vectorised loop computes them.
std::array<std::uint32_t, 4> block(const core::Tile& tile, std::size_t l) {
  return {tile[0][l], tile[1][l], tile[2][l], tile[3][l]};
}

using Words = std::array<std::uint32_t, 4>;

}  // namespace

// Reference values: tests/kat_vectors of Random123, lines "philox4x32 10".
TEST_CASE("Philox gives Random123's known answers for counter 0 and key 0") {
  const core::Tile tile = core::philox_tile(0, 0, 0, 0, 0);
  core::Random random(0, 0, 0);

  CHECK(block(tile, 0) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  for (const std::uint32_t word : block(tile, 0)) CHECK(random.bits() == word);
}

TEST_CASE("Philox gives Random123's known answers for counter and key of ones") {
  const std::uint32_t ones = 0xffffffff;

  const core::Tile tile = core::philox_tile(0xffffffffffffffff, ones, ones, ones, ones);

  CHECK(block(tile, 0) == Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
}

TEST_CASE("Philox gives Random123's known answers for the digits of pi") {
  const core::Tile tile = core::philox_tile(0x299f31d0a4093822, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344);

  CHECK(block(tile, 0) == Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("A sequence is the blocks 0, 1, 2, ... of its draw and item") {
  const std::uint64_t key = 0x0123456789abcdef, item = 0xfedcba9876543210, draw = 77;
  const core::Tile tile = core::philox_tile(key, 0, 77, 0x76543210, 0xfedcba98);
  core::Random random(key, item, draw);

  for (std::size_t l = 0; l < core::tile_blocks; ++l)
    for (const std::uint32_t word : block(tile, l)) CHECK(random.bits() == word);
}

TEST_CASE("Key, item and draw each change the sequence in every one of their bits") {
  std::set<std::uint64_t> first;
  const auto add = [&first](core::Random random) {
    const std::uint64_t upper = random.bits();
    first.insert(upper << 32 | random.bits());
  };

  add(core::Random(1, 2, 3));
  for (int bit = 0; bit < 64; ++bit) {
    const std::uint64_t flip = std::uint64_t{1} << bit;
    add(core::Random(1 ^ flip, 2, 3));
    add(core::Random(1, 2 ^ flip, 3));
    add(core::Random(1, 2, 3 ^ flip));
  }

  CHECK(first.size() == 1 + 3 * 64);
}

TEST_CASE("A stream's key is the hash of seed, name and content, kept apart") {
  const core::Stream stream(20260225, "noise", "mnist");

  // hashlib.sha256(b"20260225:5:noise:mnist").hexdigest()[:16]
  CHECK(stream.key() == 0xac4d469b24450ab5);
  const std::set<std::uint64_t> keys{stream.key(),
                                     core::Stream(20260226, "noise", "mnist").key(),
                                     core::Stream(20260225, "damage", "mnist").key(),
                                     core::Stream(20260225, "noise", "fashion").key(),
                                     core::Stream(20260225, "noisem", "nist").key(),
                                     core::Stream(20260225, "noise").key()};
  CHECK(keys.size() == 6);
}
