// SPDX-License-Identifier: BSD-3-Clause
#include "net/simd.hpp"
//
#include <algorithm>

#include "net/denormals.hpp"
#include "net/kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "net/dense_kernels.cpp"
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

#include "net/row-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace espalier::net::HWY_NAMESPACE {

// What fits the registers: a block of output rows by a strip of the lanes.
inline constexpr std::size_t block = step == 16 ? 6 : 3;
inline constexpr std::size_t strip = 4 * step;
using Strip = RowOf<strip>;

/// A matrix in memory, seen from one side or the other: entry (r, k) is data[r * row + k * depth].
struct View {
  const float* data;
  std::size_t row, depth;
};

/// sums[r] += sum_k A(first + r, k) X_k for R rows at once; X_k is a strip at X + k * stride.
template <std::size_t R>
HWY_INLINE void add_products(Strip (&sums)[R], const View& A, std::size_t first, std::size_t depth, const float* X,
                             std::size_t stride) {
  const float* a = A.data + first * A.row;
  Strip local[R];  // a copy, or the compiler would not keep them in registers
  for (std::size_t r = 0; r < R; ++r) local[r] = sums[r];
  for (std::size_t k = 0; k < depth; ++k, a += A.depth) {
    const Strip x = Strip::load(X + k * stride);
    for (std::size_t r = 0; r < R; ++r) local[r].add_product(a[r * A.row], x);
  }
  for (std::size_t r = 0; r < R; ++r) sums[r] = local[r];
}

HWY_INLINE std::uint8_t* at_lane(std::uint64_t* gates, std::size_t lane) {
  return reinterpret_cast<std::uint8_t*>(gates) + lane / 8;
}
HWY_INLINE const std::uint8_t* at_lane(const std::uint64_t* gates, std::size_t lane) {
  return reinterpret_cast<const std::uint8_t*>(gates) + lane / 8;
}

/// Y = W X + b.
void forward_dense(const DenseLayer& layer, const TileRow* X, TileRow* Y, std::uint64_t* gates) {
  const auto K = static_cast<std::size_t>(layer.weight.rows()), D = static_cast<std::size_t>(layer.weight.cols());
  const View W{layer.weight.data(), D, 1};
  for (std::size_t lane = 0; lane < lanes; lane += strip)
    for_blocks<block>(K, [&](std::size_t first, auto rows) HWY_ATTR {
      Strip y[rows];
      for (std::size_t r = 0; r < rows; ++r) y[r] = Strip::all(layer.bias[first + r]);
      add_products(y, W, first, D, X->lane.data() + lane, lanes);
      for (std::size_t r = 0; r < rows; ++r) {
        if (gates) y[r].rectify(at_lane(gates + first + r, lane));
        y[r].store(Y[first + r].lane.data() + lane);
      }
    });
}

/// dX = gates * (W^T dY), and its sums over the images. Rows of W are taken some at a time, so that the second-level cache holds
/// them while all inputs use them.
void input_gradient_dense(const DenseLayer& layer, const TileRow* dY, const kernels::Backward& out) {
  const auto K = static_cast<std::size_t>(layer.weight.rows()), D = static_cast<std::size_t>(layer.weight.cols());
  constexpr std::size_t at_once = 64;
  Totals db(out.db_below);
  for (std::size_t k = 0; k < K; k += at_once) {
    const View W_transposed{layer.weight.data() + k * D, 1, D};
    const bool last = k + at_once >= K;
    for_blocks<block>(D, [&](std::size_t first, auto rows) HWY_ATTR {
      Partial sums[rows];
      for (std::size_t lane = 0; lane < lanes; lane += strip) {
        const auto place = [&](std::size_t r) HWY_ATTR { return out.dX[first + r].lane.data() + lane; };
        Strip dx[rows];
        for (std::size_t r = 0; r < rows; ++r) dx[r] = k == 0 ? Strip::all(0) : Strip::load(place(r));
        add_products(dx, W_transposed, first, std::min(at_once, K - k), dY[k].lane.data() + lane, lanes);
        for (std::size_t r = 0; r < rows; ++r) {
          if (last && out.gates) dx[r].keep(at_lane(out.gates + first + r, lane));
          dx[r].store(place(r));
          sums[r] = lane == 0 ? partial_sum(dx[r]) : partial_sum(dx[r], sums[r]);
        }
      }
      if (!last || !out.db_below) return;
      for (std::size_t r = 0; r < rows; ++r) db.put(first + r, sums[r]);
      db.add(first + rows);
    });
  }
  if (out.db_below) db.finish(D);
}

/// panel[b][c] = lane b of row c, for `count` rows; further columns are zero. In squares of 4 x 4.
HWY_INLINE void transpose(const TileRow* rows, std::size_t count, float (&panel)[lanes][strip]) {
  const hn::FixedTag<float, 4> d;
  const hn::FixedTag<double, 2> pairs;
  const auto lower = [&](auto a, auto b) HWY_ATTR {
    return hn::BitCast(d, hn::InterleaveLower(pairs, hn::BitCast(pairs, a), hn::BitCast(pairs, b)));
  };
  const auto upper = [&](auto a, auto b) HWY_ATTR {
    return hn::BitCast(d, hn::InterleaveUpper(pairs, hn::BitCast(pairs, a), hn::BitCast(pairs, b)));
  };
  static constexpr TileRow none{};
  for (std::size_t c = 0; c < strip; c += 4) {
    const float* row[4];
    for (std::size_t n = 0; n < 4; ++n) row[n] = (c + n < count ? rows[c + n] : none).lane.data();
    for (std::size_t b = 0; b < lanes; b += 4) {
      const auto r0 = hn::Load(d, row[0] + b), r1 = hn::Load(d, row[1] + b), r2 = hn::Load(d, row[2] + b),
                 r3 = hn::Load(d, row[3] + b);
      const auto low01 = hn::InterleaveLower(d, r0, r1), low23 = hn::InterleaveLower(d, r2, r3);
      const auto high01 = hn::InterleaveUpper(d, r0, r1), high23 = hn::InterleaveUpper(d, r2, r3);
      hn::Store(lower(low01, low23), d, panel[b] + c);
      hn::Store(upper(low01, low23), d, panel[b + 1] + c);
      hn::Store(lower(high01, high23), d, panel[b + 2] + c);
      hn::Store(upper(high01, high23), d, panel[b + 3] + c);
    }
  }
}

/// to[0 .. count-1] += row.
HWY_INLINE void add_to(float* to, const Strip& row, std::size_t count) {
  if (count == strip) {
    for (std::size_t n = 0; n < Strip::size; ++n) {
      float* part = to + n * step;
      hn::StoreU(hn::Add(hn::LoadU(Tag(), part), row.v[n]), Tag(), part);
    }
  } else {
    alignas(64) float values[strip];
    row.store(values);
    for (std::size_t c = 0; c < count; ++c) to[c] += values[c];
  }
}

/// dW += dY X^T: columns of X^T in panels that stay in the first-level cache, the images summed in order.
void weight_gradient_dense(const DenseLayer& layer, const TileRow* X, const TileRow* dY, float* dW) {
  const auto K = static_cast<std::size_t>(layer.weight.rows()), D = static_cast<std::size_t>(layer.weight.cols());
  const View dY_rows{dY->lane.data(), lanes, 1};
  alignas(64) float panel[lanes][strip];
  for (std::size_t j = 0; j < D; j += strip) {
    const std::size_t count = std::min(strip, D - j);
    transpose(X + j, count, panel);
    for_blocks<block>(K, [&](std::size_t first, auto rows) HWY_ATTR {
      Strip sums[rows];
      for (auto& sum : sums) sum = Strip::all(0);
      add_products(sums, dY_rows, first, lanes, panel[0], strip);
      for (std::size_t r = 0; r < rows; ++r) add_to(dW + (first + r) * D + j, sums[r], count);
    });
  }
}

void row_sums(std::span<const TileRow> rows, float* out) {
  Totals sums(out);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    sums.put(i, partial_sum(Row::load(rows[i].lane.data())));
    sums.add(i + 1);
  }
  sums.finish(rows.size());
}

}  // namespace espalier::net::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace espalier::net::kernels {

namespace {
HWY_EXPORT(forward_dense);
HWY_EXPORT(input_gradient_dense);
HWY_EXPORT(weight_gradient_dense);
HWY_EXPORT(row_sums);
}  // namespace

void forward(const DenseLayer& layer, const TileRow* X, TileRow* Y, std::uint64_t* gates) {
  const FlushDenormals scope;
  HWY_DYNAMIC_DISPATCH(forward_dense)(layer, X, Y, gates);
}

void backward(const DenseLayer& layer, const TileRow* X, const TileRow* dY, const Backward& out) {
  const FlushDenormals scope;
  if (out.dW) HWY_DYNAMIC_DISPATCH(weight_gradient_dense)(layer, X, dY, out.dW);
  if (out.dX) HWY_DYNAMIC_DISPATCH(input_gradient_dense)(layer, dY, out);
}

void add_row_sums(std::span<const TileRow> rows, float* sums) {
  const FlushDenormals scope;
  HWY_DYNAMIC_DISPATCH(row_sums)(rows, sums);
}

}  // namespace espalier::net::kernels
#endif
