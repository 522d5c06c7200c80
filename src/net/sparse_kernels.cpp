// SPDX-License-Identifier: BSD-3-Clause
#include "net/simd.hpp"
//
#include <algorithm>

#include "net/denormals.hpp"
#include "net/kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "net/sparse_kernels.cpp"
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

#include "net/row-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace espalier::net::HWY_NAMESPACE {

HWY_INLINE const std::uint8_t* bytes(const std::uint64_t* gates) { return reinterpret_cast<const std::uint8_t*>(gates); }
HWY_INLINE std::uint8_t* bytes(std::uint64_t* gates) { return reinterpret_cast<std::uint8_t*>(gates); }

/// y_i = b_i + sum_j w_ij x_j for each output i.
void forward_sparse(const SparseLayer& layer, const TileRow* X, TileRow* Y, std::uint64_t* gates) {
  const std::uint32_t* source = layer.in_source.data();
  const std::uint32_t* link = layer.in_link.data();
  const float* weight = layer.weight.data();
  for (std::size_t i = 0; i < layer.outputs; ++i) {
    Row y = Row::all(layer.bias[i]);
    for (std::size_t k = layer.in_start[i]; k < layer.in_start[i + 1]; ++k)
      y.add_product(weight[link[k]], Row::load(X[source[k]].lane.data()));
    if (gates) y.rectify(bytes(gates + i));
    y.store(Y[i].lane.data());
  }
}

/// For each input j: dx_j = gate_j * sum_i w_ij dy_i, and dw_ij = dy_i . x_j from the same read of dy_i.
template <bool want_dX, bool want_dW>
void backward_sparse(const SparseLayer& layer, const TileRow* X, const TileRow* dY, const kernels::Backward& out) {
  const std::uint32_t* target = layer.target.data();
  const float* weight = layer.weight.data();
  Totals dW(out.dW), db(out.db_below);
  for (std::size_t j = 0; j < layer.inputs; ++j) {
    Row dx = Row::all(0);
    [[maybe_unused]] const Row x = want_dW ? Row::load(X[j].lane.data()) : dx;
    for (std::size_t k = layer.start[j], end; k < layer.start[j + 1]; k = end) {
      end = std::min<std::size_t>(layer.start[j + 1], k + Totals::room);
      for (std::size_t l = k; l < end; ++l) {
        const Row dy = Row::load(dY[target[l]].lane.data());
        if constexpr (want_dX) dx.add_product(weight[l], dy);
        if constexpr (want_dW) dW.put(l, partial_dot(x, dy));
      }
      if constexpr (want_dW) dW.add(end);
    }
    if constexpr (!want_dX) continue;
    if (out.gates) dx.keep(bytes(out.gates + j));
    dx.store(out.dX[j].lane.data());
    if (!out.db_below) continue;
    db.put(j, partial_sum(dx));
    db.add(j + 1);
  }
  if constexpr (want_dW) dW.finish(layer.target.size());
  if (want_dX && out.db_below) db.finish(layer.inputs);
}

void backward_both(const SparseLayer& l, const TileRow* X, const TileRow* dY, const kernels::Backward& out) {
  backward_sparse<true, true>(l, X, dY, out);
}
void backward_dX(const SparseLayer& l, const TileRow* X, const TileRow* dY, const kernels::Backward& out) {
  backward_sparse<true, false>(l, X, dY, out);
}
void backward_dW(const SparseLayer& l, const TileRow* X, const TileRow* dY, const kernels::Backward& out) {
  backward_sparse<false, true>(l, X, dY, out);
}

}  // namespace espalier::net::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace espalier::net::kernels {

namespace {
HWY_EXPORT(forward_sparse);
HWY_EXPORT(backward_both);
HWY_EXPORT(backward_dX);
HWY_EXPORT(backward_dW);
}  // namespace

void forward(const SparseLayer& layer, const TileRow* X, TileRow* Y, std::uint64_t* gates) {
  const FlushDenormals scope;
  HWY_DYNAMIC_DISPATCH(forward_sparse)(layer, X, Y, gates);
}

void backward(const SparseLayer& layer, const TileRow* X, const TileRow* dY, const Backward& out) {
  const FlushDenormals scope;
  if (out.dX && out.dW)
    HWY_DYNAMIC_DISPATCH(backward_both)(layer, X, dY, out);
  else if (out.dX)
    HWY_DYNAMIC_DISPATCH(backward_dX)(layer, X, dY, out);
  else if (out.dW)
    HWY_DYNAMIC_DISPATCH(backward_dW)(layer, X, dY, out);
}

}  // namespace espalier::net::kernels
#endif
