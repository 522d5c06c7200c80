// SPDX-License-Identifier: BSD-3-Clause
// Vector types of the kernels, compiled once per instruction set: include after hwy/highway.h inside a foreach_target unit.
#if defined(ESPALIER_NET_ROW_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ESPALIER_NET_ROW_INL
#undef ESPALIER_NET_ROW_INL
#else
#define ESPALIER_NET_ROW_INL
#endif

#include <hwy/highway.h>

#include <type_traits>

#include "net/tile.hpp"

HWY_BEFORE_NAMESPACE();
namespace espalier::net::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<float, 16>;
using Vec = hn::Vec<Tag>;
inline constexpr std::size_t step = hn::MaxLanes(Tag());  ///< floats per vector: 16 or 8
inline constexpr std::size_t group = 16;                  ///< lanes of a partial sum, whatever the vector width

/// N floats in registers: a row of a tile, or a part of one.
template <std::size_t N>
struct RowOf {
  static constexpr std::size_t size = N / step;
  Vec v[size];

  static HWY_INLINE RowOf all(float value) {
    RowOf row;
    for (auto& part : row.v) part = hn::Set(Tag(), value);
    return row;
  }
  static HWY_INLINE RowOf load(const float* from) {
    RowOf row;
    for (std::size_t n = 0; n < size; ++n) row.v[n] = hn::Load(Tag(), from + n * step);
    return row;
  }
  HWY_INLINE void store(float* to) const {
    for (std::size_t n = 0; n < size; ++n) hn::Store(v[n], Tag(), to + n * step);
  }
  /// this += factor * row
  HWY_INLINE void add_product(float factor, const RowOf& row) {
    const Vec f = hn::Set(Tag(), factor);
    for (std::size_t n = 0; n < size; ++n) v[n] = hn::MulAdd(f, row.v[n], v[n]);
  }
  /// this += x * y, lane by lane
  HWY_INLINE void add_product(const RowOf& x, const RowOf& y) {
    for (std::size_t n = 0; n < size; ++n) v[n] = hn::MulAdd(x.v[n], y.v[n], v[n]);
  }
  /// this = relu(this), and which lanes stay. Max(0, NaN) is NaN here, so that a diverged network is seen in its loss.
  HWY_INLINE void rectify(std::uint8_t* gates) {
    const Vec zero = hn::Zero(Tag());
    for (std::size_t n = 0; n < size; ++n) {
      hn::StoreMaskBits(Tag(), hn::Gt(v[n], zero), gates + n * step / 8);
      v[n] = hn::Max(zero, v[n]);
    }
  }
  /// this = 0 in the lanes whose gate is closed
  HWY_INLINE void keep(const std::uint8_t* gates) {
    for (std::size_t n = 0; n < size; ++n) v[n] = hn::IfThenElseZero(hn::LoadMaskBits(Tag(), gates + n * step / 8), v[n]);
  }
};
/// Calls use(first, N) for blocks of N consecutive numbers, N <= most a compile-time number, that cover 0..count-1.
template <std::size_t N, typename Use>
HWY_INLINE void for_blocks(std::size_t count, const Use& use, std::size_t first = 0) {
  for (; first + N <= count; first += N) use(first, std::integral_constant<std::size_t, N>());
  if constexpr (N > 1) for_blocks<N - 1>(count, use, first);
}

using Row = RowOf<lanes>;
using Partial = RowOf<group>;

/// sum + the row's groups, in order.
template <std::size_t N>
HWY_INLINE Partial partial_sum(const RowOf<N>& row, Partial sum) {
  for (std::size_t n = 0; n < RowOf<N>::size; ++n) sum.v[n % Partial::size] = hn::Add(sum.v[n % Partial::size], row.v[n]);
  return sum;
}
template <std::size_t N>
HWY_INLINE Partial partial_sum(const RowOf<N>& row) {
  return partial_sum(row, Partial::all(0));
}

/// Sum of x * y over the row's groups, in order.
template <std::size_t N>
HWY_INLINE Partial partial_dot(const RowOf<N>& x, const RowOf<N>& y) {
  Partial sum;
  for (std::size_t n = 0; n < Partial::size; ++n) sum.v[n] = hn::Mul(x.v[n], y.v[n]);
  for (std::size_t n = Partial::size; n < RowOf<N>::size; ++n)
    sum.v[n % Partial::size] = hn::MulAdd(x.v[n], y.v[n], sum.v[n % Partial::size]);
  return sum;
}

using Wide = hn::CappedTag<double, 8>;
HWY_INLINE Vec pairs_lower(Vec a, Vec b) {
  return hn::BitCast(Tag(), hn::InterleaveLower(Wide(), hn::BitCast(Wide(), a), hn::BitCast(Wide(), b)));
}
HWY_INLINE Vec pairs_upper(Vec a, Vec b) {
  return hn::BitCast(Tag(), hn::InterleaveUpper(Wide(), hn::BitCast(Wide(), a), hn::BitCast(Wide(), b)));
}

/// The last two levels of the tree, within blocks of 4: lanes i and i+2, then i and i+1. Block c of the result holds the totals
/// of block c of a[0..3].
HWY_INLINE Vec total_of_blocks(const Vec (&a)[4]) {
  const Vec x = hn::Add(hn::InterleaveLower(Tag(), a[0], a[1]), hn::InterleaveUpper(Tag(), a[0], a[1]));
  const Vec y = hn::Add(hn::InterleaveLower(Tag(), a[2], a[3]), hn::InterleaveUpper(Tag(), a[2], a[3]));
  return hn::Add(pairs_lower(x, y), pairs_upper(x, y));
}

/// out[s] += total of partial sum s, for 16 of them: lanes i and i+8 are added first, then i and i+4, i and i+2, i and i+1.
HWY_INLINE void add_totals(const float* sums, float* out) {
  const Tag d;
  if constexpr (step == 16) {
    const hn::Half<Tag> h;
    const auto halves = [&](std::size_t a, std::size_t b) HWY_ATTR {  // by loads, which spare the one port that shuffles
      const float *x = sums + a * group, *y = sums + b * group;
      return hn::Add(hn::Combine(d, hn::Load(h, y), hn::Load(h, x)), hn::Combine(d, hn::Load(h, y + 8), hn::Load(h, x + 8)));
    };
    Vec four[4];
    for (std::size_t i = 0; i < 4; ++i) {
      const Vec v = halves(i, i + 8), w = halves(i + 4, i + 12);
      four[i] = hn::Add(hn::OddEvenBlocks(hn::SwapAdjacentBlocks(w), v), hn::OddEvenBlocks(w, hn::SwapAdjacentBlocks(v)));
    }
    hn::StoreU(hn::Add(hn::LoadU(d, out), total_of_blocks(four)), d, out);
  } else {
    const auto load = [&](std::size_t s, std::size_t part = 0) HWY_ATTR { return hn::Load(d, sums + s * group + part * step); };
    for (std::size_t s = 0; s < 16; s += 8) {
      Vec four[4];
      for (std::size_t i = 0; i < 4; ++i) {
        const Vec v = hn::Add(load(s + i), load(s + i, 1)), w = hn::Add(load(s + i + 4), load(s + i + 4, 1));
        four[i] = hn::Add(hn::ConcatLowerLower(d, w, v), hn::ConcatUpperUpper(d, w, v));
      }
      hn::StoreU(hn::Add(hn::LoadU(d, out + s), total_of_blocks(four)), d, out + s);
    }
  }
}

/// Collects partial sums 0, 1, 2, ... and adds their totals to out[0], out[1], ... sixteen at a time.
class Totals {
 public:
  static constexpr std::size_t room = 32;  ///< sums that may be put between two calls of add()

  explicit Totals(float* out) : out_(out) {}
  HWY_INLINE void put(std::size_t s, const Partial& sum) { sum.store(sums_ + s % slots * group); }
  /// Adds the complete sixteens among the first `count` sums.
  HWY_INLINE void add(std::size_t count) {
    for (; added_ + group + lag <= count; added_ += group) add_totals(sums_ + added_ % slots * group, out_ + added_);
  }
  /// Adds the remaining sums when there are `count` in all.
  void finish(std::size_t count) {
    for (; added_ + group <= count; added_ += group) add_totals(sums_ + added_ % slots * group, out_ + added_);
    alignas(64) float last[group] = {};
    add_totals(sums_ + added_ % slots * group, last);
    for (std::size_t s = 0; added_ + s < count; ++s) out_[added_ + s] += last[s];
  }

 private:
  static constexpr std::size_t lag = 16, slots = 64;
  alignas(64) float sums_[slots * group];
  float* out_;
  std::size_t added_ = 0;
};

}  // namespace espalier::net::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
