// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace espalier::core {

/// A sequence of random numbers from the counter-based generator Philox4x32-10 [Salmon et al., SC 2011, Random123].
/// Copyable; holds no state but a key, a counter and words that were made ahead.
class Random {
 public:
  Random(std::uint64_t key, std::uint64_t item, std::uint64_t draw);

  std::uint32_t bits();                     ///< 32 random bits
  double uniform();                         ///< in [0, 1), 53 bits
  double uniform(double low, double high);  ///< in [low, high)
  double gaussian();                        ///< standard normal
  std::uint64_t below(std::uint64_t n);     ///< uniform on 0..n-1 without bias (n >= 1)
  bool coin(double probability);            ///< true with that probability

  /// Fills `out` with uniform numbers on [-1, 1] of 32 bits each, many at once: word j of the l-th of 32 further blocks is number
  /// 32 j + l of each 128, and the next call of any member continues with the next block.
  void fill_uniform(std::span<float> out);
  /// Numbers first .. first+out.size()-1 of what fill_uniform() would give now.
  void peek_uniform(std::uint64_t first, std::span<float> out) const;

 private:
  void make_words();
  /// The first word of the counter of the next block that no call has begun.
  std::uint32_t next_block() const { return counter_[0] - static_cast<std::uint32_t>(left_) / 4; }

  std::uint64_t key_;
  std::uint32_t counter_[4];  ///< behind the words that were made
  std::uint32_t words_[128];  ///< of 1 or 32 blocks; the last `left_` of `made_` are to come
  int made_ = 0, left_ = 0;
};

/// A named family of independent sequences: one per (item, draw). The key is a pure function of the master seed and of what
/// the draws are for, never of rank, clock or order.
class Stream {
 public:
  /// `name` says what is drawn ("noise", "damage"); `content` what it is drawn for (canonical text, seeds).
  Stream(std::uint64_t master_seed, std::string_view name, std::string_view content = {});

  Random random(std::uint64_t item, std::uint64_t draw = 0) const { return Random(key_, item, draw); }
  std::uint64_t key() const { return key_; }

 private:
  std::uint64_t key_;
};

/// Fills `out` with standard normal numbers of (item, draw), apart from those of stream.random(item, draw): the same bits on
/// every instruction set and for every length that covers an index. Order: of every 128 numbers, numbers l and l + 32 come from
/// the first two words of the Philox block l = 0..31, numbers l + 64 and l + 96 from the other two.
void fill_gaussian(const Stream& stream, std::uint64_t item, std::uint64_t draw, std::span<float> out);

/// 0..n-1 in random order (Fisher-Yates).
std::vector<std::uint32_t> permutation(std::uint32_t n, Random random);

}  // namespace espalier::core
