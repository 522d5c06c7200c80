// SPDX-License-Identifier: BSD-3-Clause
#include "net/simd.hpp"
//
#include <algorithm>
#include <type_traits>
#include <vector>

#include "net/denormals.hpp"
#include "net/kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "net/convolution_kernels.cpp"
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

#include "net/row-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace espalier::net::HWY_NAMESPACE {

// What fits the registers: a block of filters by 2 x 2 pixels forward, and by the taps of a kernel row for dW.
inline constexpr std::size_t filters_at_once = step == 16 ? 6 : 2;
inline constexpr std::size_t dW_filters = step == 16 ? 4 : 2, dW_taps = step == 16 ? 5 : 4;
inline constexpr std::size_t dW_rows = 4;  ///< that are read while the sums stay in registers

/// Numbers begin .. end-1.
struct Range {
  std::size_t begin, end;
};

/// Taps of a kernel of `taps` along one side, for `pixels` outputs from position `first` on (negative: in the padding), that meet
/// the `size` pixels of the image for at least one output. With `checked`: else all.
template <bool checked>
HWY_INLINE Range taps_inside(std::ptrdiff_t first, std::size_t pixels, std::size_t taps, std::ptrdiff_t size) {
  if (!checked) return {0, taps};
  const auto K = static_cast<std::ptrdiff_t>(taps);
  const std::ptrdiff_t begin = std::clamp<std::ptrdiff_t>(1 - first - static_cast<std::ptrdiff_t>(pixels), 0, K);
  return {static_cast<std::size_t>(begin), static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(size - first, begin, K))};
}

/// The pixels of an image tile, zero outside of the image.
struct Image {
  const TileRow* rows;
  std::ptrdiff_t height, width;

  /// Lanes lane.. of pixel (y, x) of a channel; with `checked` (y, x) may lie outside.
  template <bool checked>
  HWY_INLINE Vec at(std::size_t channel, std::ptrdiff_t y, std::ptrdiff_t x, std::size_t lane) const {
    if (checked && (y < 0 || y >= height || x < 0 || x >= width)) return hn::Zero(Tag());
    const TileRow* row = rows + static_cast<std::ptrdiff_t>(channel) * height * width + y * width + x;
    return hn::Load(Tag(), row->lane.data() + lane);
  }
};

/// sum[r][p] = b + W * X of filter first + r at pixel p of a block of H x W pixels at (y, x), for one vector of lanes. Each sum
/// runs over channels, kernel rows and kernel columns in this order, without those that only meet padding.
template <std::size_t H, std::size_t W, std::size_t R, bool checked>
HWY_INLINE void convolve(const ConvolutionLayer& layer, const Image& X, std::size_t first, std::ptrdiff_t y, std::ptrdiff_t x,
                         std::size_t lane, Vec (&sum)[R][H * W]) {
  const core::Filters& f = layer.shape;
  const std::size_t K = f.kernel, taps = f.channels * K * K;
  const auto top = y - static_cast<std::ptrdiff_t>(f.padding), left = x - static_cast<std::ptrdiff_t>(f.padding);
  Vec local[R][H * W];  // a copy, or the compiler would not keep them in registers
  for (std::size_t r = 0; r < R; ++r)
    for (auto& s : local[r]) s = hn::Set(Tag(), layer.bias[first + r]);
  const Range rows = taps_inside<checked>(top, H, K, X.height), columns = taps_inside<checked>(left, W, K, X.width);
  for (std::size_t channel = 0; channel < f.channels; ++channel)
    for (std::size_t i = rows.begin; i < rows.end; ++i)
      for (std::size_t j = columns.begin; j < columns.end; ++j) {
        const float* weight = layer.weight.data() + first * taps + (channel * K + i) * K + j;
        Vec pixel[H * W];
        for (std::size_t p = 0; p < H * W; ++p)
          pixel[p] = X.at<checked>(channel, top + static_cast<std::ptrdiff_t>(i + p / W),
                                   left + static_cast<std::ptrdiff_t>(j + p % W), lane);
        for (std::size_t r = 0; r < R; ++r) {
          const Vec w = hn::Set(Tag(), weight[r * taps]);
          for (std::size_t p = 0; p < H * W; ++p) local[r][p] = hn::MulAdd(w, pixel[p], local[r][p]);
        }
      }
  for (std::size_t r = 0; r < R; ++r)
    for (std::size_t p = 0; p < H * W; ++p) sum[r][p] = local[r][p];
}

/// The largest of four pixels, and which it was; the first of equal ones.
HWY_INLINE Vec largest(const Vec (&pixel)[4], std::uint8_t* right, std::uint8_t* lower) {
  const Tag d;
  const auto right_above = hn::Gt(pixel[1], pixel[0]), right_below = hn::Gt(pixel[3], pixel[2]);
  const Vec above = hn::IfThenElse(right_above, pixel[1], pixel[0]), below = hn::IfThenElse(right_below, pixel[3], pixel[2]);
  const auto is_lower = hn::Gt(below, above);
  if (right) {
    hn::StoreMaskBits(d, hn::Or(hn::And(is_lower, right_below), hn::AndNot(is_lower, right_above)), right);
    hn::StoreMaskBits(d, is_lower, lower);
  }
  return hn::IfThenElse(is_lower, below, above);
}

/// Where the outputs of a convolution go.
struct Outputs {
  TileRow* rows;
  std::uint64_t* taken;
};

template <std::size_t H, std::size_t W, std::size_t R>
HWY_INLINE void store(const core::Filters& f, const Vec (&sum)[R][H * W], std::size_t first, std::size_t y, std::size_t x,
                      std::size_t lane, const Outputs& out) {
  for (std::size_t r = 0; r < R; ++r) {
    const auto unit = [&](std::size_t row, std::size_t column) {
      return ((first + r) * f.pooled_rows() + row) * f.pooled_columns() + column;
    };
    if constexpr (H * W == 4) {
      if (f.pool == 2) {
        const std::size_t u = unit(y / 2, x / 2);
        auto* bits = out.taken ? reinterpret_cast<std::uint8_t*>(out.taken + 2 * u) + lane / 8 : nullptr;
        hn::Store(largest(sum[r], bits, bits ? bits + sizeof(std::uint64_t) : nullptr), Tag(), out.rows[u].lane.data() + lane);
        continue;
      }
    }
    for (std::size_t p = 0; p < H * W; ++p) hn::Store(sum[r][p], Tag(), out.rows[unit(y + p / W, x + p % W)].lane.data() + lane);
  }
}

/// All filters at a block of H x W pixels.
template <std::size_t H, std::size_t W>
HWY_INLINE void convolve_block(const ConvolutionLayer& layer, const Image& X, std::size_t y, std::size_t x, const Outputs& out) {
  const core::Filters& f = layer.shape;
  const bool inside = y >= f.padding && x >= f.padding && y + H - 1 + f.kernel <= f.height + f.padding &&
                      x + W - 1 + f.kernel <= f.width + f.padding;
  for_blocks<filters_at_once>(f.count, [&](std::size_t first, auto filters) HWY_ATTR {
    for (std::size_t lane = 0; lane < lanes; lane += step) {
      Vec sum[decltype(filters)::value][H * W];
      const auto top = static_cast<std::ptrdiff_t>(y), left = static_cast<std::ptrdiff_t>(x);
      if (inside)
        convolve<H, W, filters, false>(layer, X, first, top, left, lane, sum);
      else
        convolve<H, W, filters, true>(layer, X, first, top, left, lane, sum);
      store<H, W, filters>(f, sum, first, y, x, lane, out);
    }
  });
}

void convolve_all(const ConvolutionLayer& layer, const TileRow* rows, TileRow* Y, std::uint64_t* taken) {
  const core::Filters& f = layer.shape;
  const Image X{rows, f.height, f.width};
  for_blocks<2>(f.rows(), [&](std::size_t y, auto H) HWY_ATTR {
    for_blocks<2>(f.columns(), [&](std::size_t x, auto W) HWY_ATTR { convolve_block<H, W>(layer, X, y, x, {Y, taken}); });
  });
}

void pool_all(const core::Filters& f, const TileRow* X, TileRow* Y, std::uint64_t* taken) {
  const std::size_t columns = f.columns();
  for (std::size_t u = 0; u < f.count * f.pooled_rows() * f.pooled_columns(); ++u) {
    const TileRow* from = X + 2 * (u / f.pooled_columns()) * columns + 2 * (u % f.pooled_columns());
    for (std::size_t lane = 0; lane < lanes; lane += step) {
      const auto at = [&](std::size_t pixel) HWY_ATTR { return hn::Load(Tag(), from[pixel].lane.data() + lane); };
      const Vec pixels[4]{at(0), at(1), at(columns), at(columns + 1)};
      auto* bits = reinterpret_cast<std::uint8_t*>(taken + 2 * u) + lane / 8;
      hn::Store(largest(pixels, bits, bits + sizeof(std::uint64_t)), Tag(), Y[u].lane.data() + lane);
    }
  }
}

void unpool_all(const core::Filters& f, const TileRow* pooled, const std::uint64_t* taken, TileRow* dY) {
  const Tag d;
  const std::size_t columns = f.columns();
  for (std::size_t u = 0; u < f.count * f.pooled_rows() * f.pooled_columns(); ++u) {
    const std::size_t row = u / f.pooled_columns(), column = u % f.pooled_columns();  // rows of all filters, one below the other
    TileRow* to = dY + 2 * row * columns + 2 * column;
    for (std::size_t lane = 0; lane < lanes; lane += step) {
      const auto* bits = reinterpret_cast<const std::uint8_t*>(taken + 2 * u) + lane / 8;
      const Vec value = hn::Load(d, pooled[u].lane.data() + lane);
      const auto right = hn::LoadMaskBits(d, bits), lower = hn::LoadMaskBits(d, bits + sizeof(std::uint64_t));
      const Vec above = hn::IfThenZeroElse(lower, value), below = hn::IfThenElseZero(lower, value);
      hn::Store(hn::IfThenZeroElse(right, above), d, to[0].lane.data() + lane);
      hn::Store(hn::IfThenElseZero(right, above), d, to[1].lane.data() + lane);
      hn::Store(hn::IfThenZeroElse(right, below), d, to[columns].lane.data() + lane);
      hn::Store(hn::IfThenElseZero(right, below), d, to[columns + 1].lane.data() + lane);
    }
  }
}

/// Adds to sums[r][t], partial sums over 16 lanes, the products of dY at `rows` of R filters with X at kernel row `i` and kernel
/// columns j .. j + T - 1.
template <std::size_t R, std::size_t T>
HWY_INLINE void add_row_products(const core::Filters& f, const Image& X, const Image& dY, std::size_t first, std::size_t channel,
                                 Range rows, std::size_t i, std::size_t j, float* const (&sums)[R]) {
  const auto padding = static_cast<std::ptrdiff_t>(f.padding), shift = static_cast<std::ptrdiff_t>(j) - padding;
  const std::ptrdiff_t begin = std::clamp<std::ptrdiff_t>(-shift, 0, dY.width);
  const std::ptrdiff_t end = std::clamp<std::ptrdiff_t>(X.width - shift - static_cast<std::ptrdiff_t>(T) + 1, begin, dY.width);
  for (std::size_t lane = 0; lane < lanes; lane += step) {
    const auto place = [&](std::size_t r, std::size_t t) { return sums[r] + t * group + lane % group; };
    Vec sum[R][T];
    for (std::size_t r = 0; r < R; ++r)
      for (std::size_t t = 0; t < T; ++t) sum[r][t] = hn::Load(Tag(), place(r, t));
    for (auto y = static_cast<std::ptrdiff_t>(rows.begin); y < static_cast<std::ptrdiff_t>(rows.end); ++y) {
      const std::ptrdiff_t row = y + static_cast<std::ptrdiff_t>(i) - padding;
      if (row < 0 || row >= X.height) continue;
      const auto add = [&](auto checked, std::ptrdiff_t from, std::ptrdiff_t to) HWY_ATTR {
        for (std::ptrdiff_t x = from; x < to; ++x) {
          Vec pixel[T];
          for (std::size_t t = 0; t < T; ++t)
            pixel[t] = X.at<checked>(channel, row, x + shift + static_cast<std::ptrdiff_t>(t), lane);
          for (std::size_t r = 0; r < R; ++r) {
            const Vec dy = dY.at<false>(first + r, y, x, lane);
            for (std::size_t t = 0; t < T; ++t) sum[r][t] = hn::MulAdd(dy, pixel[t], sum[r][t]);
          }
        }
      };
      add(std::true_type(), 0, begin);
      add(std::false_type(), begin, end);
      add(std::true_type(), end, dY.width);
    }
    for (std::size_t r = 0; r < R; ++r)
      for (std::size_t t = 0; t < T; ++t) hn::Store(sum[r][t], Tag(), place(r, t));
  }
}

/// dW += dY X^T: per weight a partial sum over bands of rows, groups of 16 lanes, rows of the band and columns, in this order;
/// then over the 16 lanes.
void weight_gradient_convolution(const ConvolutionLayer& layer, const TileRow* X_rows, const TileRow* dY_rows, float* dW) {
  const core::Filters& f = layer.shape;
  const std::size_t K = f.kernel, taps = K * K;
  const Image X{X_rows, f.height, f.width}, dY{dY_rows, f.rows(), f.columns()};
  std::vector<TileRow> room((dW_filters * taps * group + lanes - 1) / lanes);
  float* partial = room.data()->lane.data();
  for_blocks<dW_filters>(f.count, [&](std::size_t first, auto filters) HWY_ATTR {
    for (std::size_t channel = 0; channel < f.channels; ++channel) {
      std::fill_n(partial, filters * taps * group, 0.0F);
      for (std::size_t y = 0; y < f.rows(); y += dW_rows)
        for (std::size_t i = 0; i < K; ++i)
          for_blocks<dW_taps>(K, [&](std::size_t j, auto columns) HWY_ATTR {
            float* sums[decltype(filters)::value];
            for (std::size_t r = 0; r < filters; ++r) sums[r] = partial + (r * taps + i * K + j) * group;
            const Range rows{y, std::min<std::size_t>(y + dW_rows, f.rows())};
            add_row_products<filters, columns>(f, X, dY, first, channel, rows, i, j, sums);
          });
      for (std::size_t r = 0; r < filters; ++r) {
        Totals totals(dW + ((first + r) * f.channels + channel) * taps);
        for (std::size_t k = 0; k < taps; ++k) {
          totals.put(k, Partial::load(partial + (r * taps + k) * group));
          totals.add(k + 1);
        }
        totals.finish(taps);
      }
    }
  });
}

}  // namespace espalier::net::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace espalier::net::kernels {
namespace {

HWY_EXPORT(convolve_all);
HWY_EXPORT(pool_all);
HWY_EXPORT(unpool_all);
HWY_EXPORT(weight_gradient_convolution);

/// The convolution that takes dY to dX: kernels turned by 180 degrees, filters and channels exchanged.
ConvolutionLayer transposed(const ConvolutionLayer& layer) {
  const core::Filters& f = layer.shape;
  const std::size_t taps = std::size_t{f.kernel} * f.kernel;
  ConvolutionLayer out{{f.count, f.rows(), f.columns(), f.channels, f.kernel, f.kernel - 1 - f.padding}, {}, {}};
  out.weight.resize(layer.weight.size());
  out.bias.assign(f.channels, 0.0F);
  for (std::size_t filter = 0; filter < f.count; ++filter)
    for (std::size_t channel = 0; channel < f.channels; ++channel) {
      const auto from = layer.weight.begin() + static_cast<std::ptrdiff_t>((filter * f.channels + channel) * taps);
      const auto to = out.weight.begin() + static_cast<std::ptrdiff_t>((channel * f.count + filter) * taps);
      std::reverse_copy(from, from + static_cast<std::ptrdiff_t>(taps), to);
    }
  return out;
}

}  // namespace

void forward(const ConvolutionLayer& layer, const TileRow* X, TileRow* Y, std::uint64_t* taken) {
  const FlushDenormals scope;
  HWY_DYNAMIC_DISPATCH(convolve_all)(layer, X, Y, taken);
}

void pool(const core::Filters& filters, const TileRow* X, TileRow* Y, std::uint64_t* taken) {
  HWY_DYNAMIC_DISPATCH(pool_all)(filters, X, Y, taken);
}

void unpool(const core::Filters& filters, const TileRow* pooled, const std::uint64_t* taken, TileRow* dY) {
  HWY_DYNAMIC_DISPATCH(unpool_all)(filters, pooled, taken, dY);
}

void backward(const ConvolutionLayer& layer, const TileRow* X, const TileRow* dY, const Backward& out) {
  const FlushDenormals scope;
  if (out.dW) HWY_DYNAMIC_DISPATCH(weight_gradient_convolution)(layer, X, dY, out.dW);
  if (out.dX) HWY_DYNAMIC_DISPATCH(convolve_all)(transposed(layer), dY, out.dX, nullptr);
}

void add_filter_sums(const core::Filters& filters, std::span<const TileRow> dY, float* db) {
  std::vector<float> sums(dY.size(), 0.0F);
  add_row_sums(dY, sums.data());
  const std::size_t pixels = dY.size() / filters.count;
  for (std::size_t row = 0; row < sums.size(); ++row) db[row / pixels] += sums[row];
}

}  // namespace espalier::net::kernels
#endif
