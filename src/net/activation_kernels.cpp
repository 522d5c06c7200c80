// SPDX-License-Identifier: BSD-3-Clause
#include "net/simd.hpp"
//
#include "net/denormals.hpp"
#include "net/kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "net/activation_kernels.cpp"
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

#include "net/exponential-inl.hpp"
#include "net/row-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace espalier::net::HWY_NAMESPACE {

/// tanh(x) within 2 ulp. Up to |x| = 0.6 an odd polynomial, x + x^3 P(x^2), fitted for the least relative error; beyond it
/// (1 - e) / (1 + e) with e = exp(-2 |x|). Keeps NaN.
HWY_INLINE Vec hyperbolic_tangent(Vec x) {
  const Tag d;
  const auto c = [&](float value) HWY_ATTR { return hn::Set(d, value); };
  const Vec magnitude = hn::Abs(x), square = hn::Mul(x, x);
  Vec p = c(-0.00589516154F);
  for (const float term : {0.0207959749F, -0.0537838303F, 0.133319244F, -0.333332986F}) p = hn::MulAdd(p, square, c(term));
  const Vec small = hn::MulAdd(hn::Mul(p, square), x, x);
  const Vec e = exponential(hn::Mul(magnitude, c(-2)));
  const Vec large = hn::CopySign(hn::Div(hn::Sub(c(1), e), hn::Add(c(1), e)), x);
  return hn::IfThenElse(hn::Gt(magnitude, c(0.6F)), large, small);
}

void tanh_rows(std::span<TileRow> Y, TileRow* slopes) {
  const Tag d;
  for (std::size_t i = 0; i < Y.size(); ++i)
    for (std::size_t lane = 0; lane < lanes; lane += step) {
      float* place = Y[i].lane.data() + lane;
      const Vec y = hyperbolic_tangent(hn::Load(d, place));
      hn::Store(y, d, place);
      if (slopes) hn::Store(hn::NegMulAdd(y, y, hn::Set(d, 1)), d, slopes[i].lane.data() + lane);
    }
}

void rectify_rows(std::span<TileRow> Y, std::uint64_t* gates) {
  for (std::size_t i = 0; i < Y.size(); ++i) {
    Row row = Row::load(Y[i].lane.data());
    row.rectify(reinterpret_cast<std::uint8_t*>(gates + i));
    row.store(Y[i].lane.data());
  }
}

void gate_rows(const std::uint64_t* gates, std::span<TileRow> dY) {
  for (std::size_t i = 0; i < dY.size(); ++i) {
    Row row = Row::load(dY[i].lane.data());
    row.keep(reinterpret_cast<const std::uint8_t*>(gates + i));
    row.store(dY[i].lane.data());
  }
}

void scale_rows(const TileRow* slopes, std::span<TileRow> dY) {
  const Tag d;
  for (std::size_t i = 0; i < dY.size(); ++i)
    for (std::size_t lane = 0; lane < lanes; lane += step) {
      float* place = dY[i].lane.data() + lane;
      hn::Store(hn::Mul(hn::Load(d, place), hn::Load(d, slopes[i].lane.data() + lane)), d, place);
    }
}

}  // namespace espalier::net::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace espalier::net::kernels {

namespace {
HWY_EXPORT(tanh_rows);
HWY_EXPORT(rectify_rows);
HWY_EXPORT(gate_rows);
HWY_EXPORT(scale_rows);
}  // namespace

void apply_tanh(std::span<TileRow> Y, TileRow* slopes) {
  const FlushDenormals scope;
  HWY_DYNAMIC_DISPATCH(tanh_rows)(Y, slopes);
}

void rectify(std::span<TileRow> Y, std::uint64_t* gates) { HWY_DYNAMIC_DISPATCH(rectify_rows)(Y, gates); }

void apply_gates(const std::uint64_t* gates, std::span<TileRow> dY) { HWY_DYNAMIC_DISPATCH(gate_rows)(gates, dY); }

void apply_slopes(const TileRow* slopes, std::span<TileRow> dY) {
  const FlushDenormals scope;
  HWY_DYNAMIC_DISPATCH(scale_rows)(slopes, dY);
}

}  // namespace espalier::net::kernels
#endif
