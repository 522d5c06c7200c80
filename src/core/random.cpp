// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/core/random.hpp"

#include <Random123/philox.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <numeric>
#include <stdexcept>

#include "core/elementary.hpp"
#include "core/philox_tile.hpp"
#include "espalier/core/sha256.hpp"

namespace espalier::core {
namespace {

/// Blocks of a sequence have the numbers 0 .. 2^31 - 1; those of fill_gaussian() the upper half.
constexpr std::uint32_t gaussian_blocks = 0x80000000U;

/// Numbers of fill_uniform() that 32 blocks give.
constexpr std::uint64_t uniform_group = 4 * std::uint64_t{tile_blocks};

constexpr std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
constexpr std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

/// The counter holds 32 bits of `draw`; the others, rarely set, go into the key (finaliser of MurmurHash3, 0 stays 0).
constexpr std::uint64_t with_high_draw(std::uint64_t key, std::uint64_t draw) {
  std::uint64_t x = draw >> 32;
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdU;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53U;
  return key ^ x ^ (x >> 33);
}

philox4x32_ctr_t philox(std::uint64_t key, const std::uint32_t (&counter)[4]) {
  const philox4x32_ctr_t c{{counter[0], counter[1], counter[2], counter[3]}};
  return philox4x32_R(10, c, philox4x32_key_t{{low(key), high(key)}});
}

/// Bytes of the hashed text that keeps (seed, "ab", "c") and (seed, "a", "bc") apart.
std::string key_text(std::uint64_t master_seed, std::string_view name, std::string_view content) {
  return std::to_string(master_seed) + ":" + std::to_string(name.size()) + ":" + std::string(name) + ":" + std::string(content);
}

}  // namespace

Random::Random(std::uint64_t key, std::uint64_t item, std::uint64_t draw)
    : key_(with_high_draw(key, draw)), counter_{0, low(draw), low(item), high(item)}, words_{} {}

/// The first blocks one by one, for many sequences are short, then 32 at once, which takes the time of four.
void Random::make_words() {
  constexpr std::uint32_t one_by_one = 8;
  if (counter_[0] >= gaussian_blocks) throw std::length_error("a random sequence ends after 2^33 numbers");
  if (counter_[0] < one_by_one || counter_[0] > gaussian_blocks - tile_blocks) {
    std::ranges::copy(philox(key_, counter_).v, words_);
    made_ = 4;
  } else {
    const Tile tile = philox_tile(key_, counter_[0], counter_[1], counter_[2], counter_[3]);
    for (std::size_t l = 0; l < tile_blocks; ++l)
      for (std::size_t j = 0; j < 4; ++j) words_[4 * l + j] = tile[j][l];
    made_ = 4 * static_cast<int>(tile_blocks);
  }
  counter_[0] += static_cast<std::uint32_t>(made_) / 4;
  left_ = made_;
}

std::uint32_t Random::bits() {
  if (left_ == 0) make_words();
  return words_[made_ - left_--];
}

double Random::uniform() {
  const std::uint64_t upper = bits();
  return static_cast<double>((upper << 32 | bits()) >> 11) * 0x1p-53;
}

double Random::uniform(double low, double high) {
  const double x = low + (high - low) * uniform();
  return x < high ? x : low;  // the sum may round up to `high`
}

double Random::gaussian() {
  const std::uint32_t radius = bits();
  return normal_pair<double>(radius, bits())[0];
}

std::uint64_t Random::below(std::uint64_t n) {
  if (n == 0) throw std::logic_error("Random::below(0)");
  if (n > 0xffffffffU) {  // rejection from the next power of two
    const std::uint64_t mask = ~std::uint64_t{0} >> std::countl_zero(n - 1);
    for (;;) {
      const std::uint64_t upper = bits();
      const std::uint64_t x = (upper << 32 | bits()) & mask;
      if (x < n) return x;
    }
  }
  const auto n32 = static_cast<std::uint32_t>(n);  // multiply, reject the short ends [Lemire 2019]
  std::uint64_t product = std::uint64_t{bits()} * n32;
  if (low(product) < n32)
    for (const std::uint32_t end = (0U - n32) % n32; low(product) < end;) product = std::uint64_t{bits()} * n32;
  return product >> 32;
}

bool Random::coin(double probability) { return uniform() < probability; }

void Random::fill_uniform(std::span<float> out) {
  peek_uniform(0, out);
  counter_[0] = next_block() + tile_blocks * static_cast<std::uint32_t>((out.size() + uniform_group - 1) / uniform_group);
  left_ = 0;
}

void Random::peek_uniform(std::uint64_t first, std::span<float> out) const {
  std::array<float, uniform_group> u;
  for (std::uint64_t at = first; at < first + out.size();) {
    const std::uint64_t block = next_block() + at / uniform_group * tile_blocks;
    if (block > gaussian_blocks - tile_blocks) throw std::length_error("a random sequence ends after 2^33 numbers");
    const Tile bits = philox_tile(key_, static_cast<std::uint32_t>(block), counter_[1], counter_[2], counter_[3]);
    for (std::size_t j = 0; j < 4; ++j)
      for (std::size_t l = 0; l < tile_blocks; ++l)
        u[j * tile_blocks + l] = static_cast<float>(static_cast<std::int32_t>(bits[j][l])) * 0x1p-31f;
    const std::uint64_t skipped = at % uniform_group, count = std::min(uniform_group - skipped, first + out.size() - at);
    std::memcpy(&out[at - first], &u[skipped], count * sizeof(float));
    at += count;
  }
}

Stream::Stream(std::uint64_t master_seed, std::string_view name, std::string_view content)
    : key_(std::stoull(content_id(key_text(master_seed, name, content)), nullptr, 16)) {}

void fill_gaussian(const Stream& stream, std::uint64_t item, std::uint64_t draw, std::span<float> out) {
  constexpr std::size_t group = 4 * tile_blocks;
  if (out.size() / 4 >= gaussian_blocks - tile_blocks) throw std::length_error("fill_gaussian() fills at most 2^33 numbers");
  const std::uint64_t key = with_high_draw(stream.key(), draw);
  std::array<float, group> z;
  std::uint32_t block = gaussian_blocks;
  for (std::size_t first = 0; first < out.size(); first += group, block += tile_blocks) {
    const Tile bits = philox_tile(key, block, low(draw), low(item), high(item));
    for (std::uint32_t l = 0; l < tile_blocks; ++l) {
      const auto a = normal_pair<float>(bits[0][l], bits[1][l]);
      const auto b = normal_pair<float>(bits[2][l], bits[3][l]);
      z[l] = a[0];
      z[l + tile_blocks] = a[1];
      z[l + 2 * tile_blocks] = b[0];
      z[l + 3 * tile_blocks] = b[1];
    }
    std::memcpy(&out[first], z.data(), std::min(group, out.size() - first) * sizeof(float));
  }
}

std::vector<std::uint32_t> permutation(std::uint32_t n, Random random) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  for (std::uint32_t i = n; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

}  // namespace espalier::core
