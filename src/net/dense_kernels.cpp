#include "net/simd.hpp"
//
#include <algorithm>
#include <type_traits>

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

/// Calls use(first, R) for blocks of R consecutive rows, R <= block a compile-time number, that cover 0..rows-1.
template <std::size_t R = block, typename Use>
HWY_INLINE void for_blocks(std::size_t rows, const Use& use, std::size_t first = 0) {
  for (; first + R <= rows; first += R) use(first, std::integral_constant<std::size_t, R>());
  if constexpr (R > 1) for_blocks<R - 1>(rows, use, first);
}

/// A matrix in memory, seen from one side or the other: entry (r, k) lies at data[r * row + k * depth].
struct View {
  const float* data;
  std::size_t row, depth;
};

/// sums[r] += sum_k A(r, k) X_k over the lanes of one strip, for R rows at once.
template <std::size_t R>
HWY_INLINE void add_products(Strip (&sums)[R], const View& A, std::size_t first, std::size_t depth, const TileRow* X,
                             std::size_t lane) {
  const float* a = A.data + first * A.row;
  for (std::size_t k = 0; k < depth; ++k, a += A.depth) {
    const Strip x = Strip::load(X[k].lane.data() + lane);
    for (std::size_t r = 0; r < R; ++r) sums[r].add_product(a[r * A.row], x);
  }
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
    for_blocks(K, [&](std::size_t first, auto rows) HWY_ATTR {
      Strip y[rows];
      for (std::size_t r = 0; r < rows; ++r) y[r] = Strip::all(layer.bias[first + r]);
      add_products(y, W, first, D, X, lane);
      for (std::size_t r = 0; r < rows; ++r) {
        if (gates) y[r].rectify(at_lane(gates + first + r, lane));
        y[r].store(Y[first + r].lane.data() + lane);
      }
    });
}

/// dX = gates * (W^T dY).
void input_gradient_dense(const DenseLayer& layer, const TileRow* dY, const kernels::Backward& out) {
  const auto K = static_cast<std::size_t>(layer.weight.rows()), D = static_cast<std::size_t>(layer.weight.cols());
  const View W_transposed{layer.weight.data(), 1, D};
  for (std::size_t lane = 0; lane < lanes; lane += strip)
    for_blocks(D, [&](std::size_t first, auto rows) HWY_ATTR {
      Strip dx[rows];
      for (std::size_t r = 0; r < rows; ++r) dx[r] = Strip::all(0);
      add_products(dx, W_transposed, first, K, dY, lane);
      for (std::size_t r = 0; r < rows; ++r) {
        if (out.gates) dx[r].keep(at_lane(out.gates + first + r, lane));
        dx[r].store(out.dX[first + r].lane.data() + lane);
      }
    });
}

/// sums = partial dots of A rows of dY, from row `i`, with C rows of X, from row `j`; rows beyond the last repeat the last.
template <std::size_t A, std::size_t C>
HWY_INLINE void partial_dots(const TileRow* dY, std::size_t i, std::size_t K, const TileRow* X, std::size_t j, std::size_t D,
                             float* sums, std::size_t stride) {
  const float *y[A], *x[C];
  for (std::size_t a = 0; a < A; ++a) y[a] = dY[std::min(i + a, K - 1)].lane.data();
  for (std::size_t c = 0; c < C; ++c) x[c] = X[std::min(j + c, D - 1)].lane.data();
  Partial sum[A][C];
  for (std::size_t a = 0; a < A; ++a)
    for (std::size_t c = 0; c < C; ++c) sum[a][c] = Partial::all(0);
  for (std::size_t lane = 0; lane < lanes; lane += group) {
    Partial right[C];
    for (std::size_t c = 0; c < C; ++c) right[c] = Partial::load(x[c] + lane);
    for (std::size_t a = 0; a < A; ++a) {
      const Partial left = Partial::load(y[a] + lane);
      for (std::size_t c = 0; c < C; ++c) sum[a][c].add_product(left, right[c]);
    }
  }
  for (std::size_t a = 0; a < A; ++a)
    for (std::size_t c = 0; c < C; ++c) sum[a][c].store(sums + (a * stride + c) * group);
}

/// dW += dY X^T, in blocks of 4 x 4 dots.
void weight_gradient_dense(const DenseLayer& layer, const TileRow* X, const TileRow* dY, float* dW) {
  const auto K = static_cast<std::size_t>(layer.weight.rows()), D = static_cast<std::size_t>(layer.weight.cols());
  constexpr std::size_t at_once = step == 16 ? 4 : 2;  // dots of at_once x at_once rows fit the registers
  alignas(64) float sums[16 * group];
  for (std::size_t i = 0; i < K; i += 4)
    for (std::size_t j = 0; j < D; j += 4) {
      for (std::size_t a = 0; a < 4; a += at_once)
        for (std::size_t c = 0; c < 4; c += at_once)
          partial_dots<at_once, at_once>(dY, i + a, K, X, j + c, D, sums + (a * 4 + c) * group, 4);
      float totals[16] = {};
      add_totals(sums, totals);
      for (std::size_t a = 0; a < 4 && i + a < K; ++a)
        for (std::size_t c = 0; c < 4 && j + c < D; ++c) dW[(i + a) * D + j + c] += totals[a * 4 + c];
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
  if (out.dX && out.db_below) add_row_sums({out.dX, static_cast<std::size_t>(layer.weight.cols())}, out.db_below);
}

void add_row_sums(std::span<const TileRow> rows, float* sums) {
  const FlushDenormals scope;
  HWY_DYNAMIC_DISPATCH(row_sums)(rows, sums);
}

}  // namespace espalier::net::kernels
#endif
