// SPDX-License-Identifier: BSD-3-Clause
#include "net/simd.hpp"
//
#include <algorithm>

#include "net/denormals.hpp"
#include "net/kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "net/tile_kernels.cpp"
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

#include "net/exponential-inl.hpp"
#include "net/row-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace espalier::net::HWY_NAMESPACE {

inline constexpr std::size_t side = 16;  ///< bytes are transposed in blocks of 16 images x 16 pixels
using Bytes = hn::FixedTag<std::uint8_t, side>;

/// block[p][i] = images[i][p] for 16 images and 16 pixels: four perfect shuffles of the rows.
HWY_INLINE void transpose(const std::uint8_t* const* images, std::size_t pixel, std::uint8_t (&block)[side][side]) {
  const Bytes d;
  hn::Vec<Bytes> rows[side], next[side];
  for (std::size_t i = 0; i < side; ++i) rows[i] = hn::LoadU(d, images[i] + pixel);
  for (int round = 0; round < 4; ++round) {
    for (std::size_t i = 0; i < side / 2; ++i) {
      next[2 * i] = hn::InterleaveLower(d, rows[i], rows[i + side / 2]);
      next[2 * i + 1] = hn::InterleaveUpper(d, rows[i], rows[i + side / 2]);
    }
    std::copy(std::begin(next), std::end(next), std::begin(rows));
  }
  for (std::size_t p = 0; p < side; ++p) hn::Store(rows[p], d, block[p]);
}

/// (byte / 255 - mean) * inverse_sd, byte / 255 correctly rounded: one Newton step after the product with 1/255.
HWY_INLINE void store_pixels(const std::uint8_t* bytes, float mean, float inverse_sd, float* to) {
  const Tag d;
  const hn::Rebind<std::int32_t, Tag> integers;
  const hn::Rebind<std::uint8_t, Tag> narrow;
  const Vec inverse = hn::Set(d, 1.0f / 255.0f);
  for (std::size_t n = 0; n < side; n += step) {
    const Vec p = hn::ConvertTo(d, hn::PromoteTo(integers, hn::Load(narrow, bytes + n)));
    const Vec q = hn::Mul(p, inverse);
    const Vec quotient = hn::MulAdd(hn::NegMulAdd(q, hn::Set(d, 255.0f), p), inverse, q);
    hn::Store(hn::Mul(hn::Sub(quotient, hn::Set(d, mean)), hn::Set(d, inverse_sd)), d, to + n);
  }
}

void pixels_to_tile(std::span<const std::uint8_t> pixels, std::span<const std::uint64_t> images, float mean, float inverse_sd,
                    std::span<TileRow> X) {
  alignas(16) std::uint8_t block[side][side];
  for (std::size_t lane = 0; lane < lanes; lane += side) {
    const std::uint8_t* image[side];
    for (std::size_t i = 0; i < side; ++i) image[i] = pixels.data() + images[std::min(lane + i, images.size() - 1)] * X.size();
    for (std::size_t pixel = 0; pixel < X.size(); pixel += side) {
      const std::size_t count = std::min(side, X.size() - pixel);
      if (count == side)
        transpose(image, pixel, block);
      else
        for (std::size_t p = 0; p < count; ++p)
          for (std::size_t i = 0; i < side; ++i) block[p][i] = image[i][pixel + p];
      for (std::size_t p = 0; p < count; ++p) store_pixels(block[p], mean, inverse_sd, X[pixel + p].lane.data() + lane);
    }
  }
}

/// log(x) for normal x >= 1: x = 2^n m with m in [sqrt(1/2), sqrt(2)), log m = 2 artanh(s), s = (m - 1) / (m + 1).
HWY_INLINE Vec logarithm(Vec x) {
  const Tag d;
  const hn::RebindToSigned<Tag> integers;
  const auto c = [&](float value) HWY_ATTR { return hn::Set(d, value); };
  const auto shifted = hn::Sub(hn::BitCast(integers, x), hn::Set(integers, 0x3F3504F3));  // bits of sqrt(1/2)
  const auto n = hn::ShiftRight<23>(shifted);
  const Vec m = hn::BitCast(d, hn::Sub(hn::BitCast(integers, x), hn::ShiftLeft<23>(n)));
  const Vec s = hn::Div(hn::Sub(m, c(1)), hn::Add(m, c(1)));
  const Vec s2 = hn::Mul(s, s);
  Vec p = c(2.0f / 9);
  for (const float term : {2.0f / 7, 2.0f / 5, 2.0f / 3, 2.0f}) p = hn::MulAdd(p, s2, c(term));
  const Vec exponent = hn::ConvertTo(d, n);
  return hn::MulAdd(exponent, c(0.693359375f), hn::MulAdd(exponent, c(-2.12194440e-4f), hn::Mul(p, s)));
}

/// log(1 + x) for x >= 0, also where 1 + x rounds to 1: the quotient makes up for what the sum lost [Kahan].
HWY_INLINE Vec logarithm_of_one_plus(Vec x) {
  const Tag d;
  const Vec one = hn::Set(d, 1.0f), sum = hn::Add(one, x), kept = hn::Sub(sum, one);
  const auto none = hn::Eq(kept, hn::Zero(d));
  const Vec factor = hn::Div(x, hn::IfThenElse(none, one, kept));
  return hn::IfThenElse(none, x, hn::Mul(logarithm(sum), factor));
}

/// loss = log sum_c exp(z_c) - z_y and z_c = (exp(z_c) / sum - [c = y]) * weight, lane by lane. The label's entry is minus the
/// sum of the other shares, and the loss of a label with the largest logit is log(1 + sum of the other exponentials): the
/// differences from 1 are 0 in float from a margin of 17 on.
void softmax(std::span<TileRow> Z, std::span<const std::uint8_t> labels, const TileRow& weight, TileRow& loss) {
  const Tag d;
  TileRow label{};
  std::copy(labels.begin(), labels.end(), label.lane.begin());
  for (std::size_t lane = 0; lane < lanes; lane += step) {
    const auto z = [&](std::size_t c) HWY_ATTR { return Z[c].lane.data() + lane; };
    const Vec y = hn::Load(d, label.lane.data() + lane);
    const auto is_label = [&](std::size_t c) HWY_ATTR { return hn::Eq(y, hn::Set(d, static_cast<float>(c))); };
    Vec largest = hn::Load(d, z(0)), others = hn::Zero(d), of_label = hn::Zero(d), at_label = hn::Zero(d);
    for (std::size_t c = 1; c < Z.size(); ++c) largest = hn::Max(largest, hn::Load(d, z(c)));
    for (std::size_t c = 0; c < Z.size(); ++c) {
      const Vec shifted = hn::Sub(hn::Load(d, z(c)), largest);
      const Vec e = exponential(shifted);
      at_label = hn::IfThenElse(is_label(c), shifted, at_label);
      of_label = hn::IfThenElse(is_label(c), e, of_label);
      others = hn::Add(others, hn::IfThenZeroElse(is_label(c), e));
      hn::Store(e, d, z(c));
    }
    const Vec sum = hn::Add(of_label, others);
    const Vec value =
        hn::IfThenElse(hn::Eq(at_label, hn::Zero(d)), logarithm_of_one_plus(others), hn::Sub(logarithm(sum), at_label));
    hn::Store(value, d, loss.lane.data() + lane);
    for (std::size_t c = 0; c < Z.size(); ++c) {
      const Vec entry = hn::IfThenElse(is_label(c), hn::Neg(others), hn::Load(d, z(c)));
      hn::Store(hn::Mul(hn::Div(entry, sum), hn::Load(d, weight.lane.data() + lane)), d, z(c));
    }
  }
}

}  // namespace espalier::net::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace espalier::net::kernels {

namespace {
HWY_EXPORT(pixels_to_tile);
HWY_EXPORT(softmax);
}  // namespace

void load_pixels(std::span<const std::uint8_t> pixels, std::span<const std::uint64_t> images, float mean, float inverse_sd,
                 std::span<TileRow> X) {
  HWY_DYNAMIC_DISPATCH(pixels_to_tile)(pixels, images, mean, inverse_sd, X);
}

void load_columns(const Matrix& pixels, std::size_t first, float mean, float inverse_sd, std::span<TileRow> X) {
  const auto columns = static_cast<std::size_t>(pixels.cols());
  const std::size_t count = std::min(lanes, columns - first);
  for (std::size_t j = 0; j < X.size(); ++j) {
    const float* from = pixels.data() + j * columns + first;
    for (std::size_t b = 0; b < count; ++b) X[j].lane[b] = (from[b] - mean) * inverse_sd;
    for (std::size_t b = count; b < lanes; ++b) X[j].lane[b] = 0;
  }
}

void cross_entropy(std::span<TileRow> Z, std::span<const std::uint8_t> labels, const TileRow& weight, TileRow& loss) {
  const FlushDenormals scope;
  HWY_DYNAMIC_DISPATCH(softmax)(Z, labels, weight, loss);
}

}  // namespace espalier::net::kernels
#endif
