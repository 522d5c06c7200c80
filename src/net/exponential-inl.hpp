// SPDX-License-Identifier: BSD-3-Clause
// The exponential function of the kernels, compiled once per instruction set: include after hwy/highway.h inside a foreach_target
// unit.
#if defined(ESPALIER_NET_EXPONENTIAL_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ESPALIER_NET_EXPONENTIAL_INL
#undef ESPALIER_NET_EXPONENTIAL_INL
#else
#define ESPALIER_NET_EXPONENTIAL_INL
#endif

#include <hwy/highway.h>

#include "net/row-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace espalier::net::HWY_NAMESPACE {

/// exp(x) for x <= 0, within 2 ulp down to x = -87 and constant below: x = n log 2 + r, exp(x) = 2^n exp(r), exp(r) by its Taylor
/// series to r^7.
HWY_INLINE Vec exponential(Vec x) {
  const Tag d;
  const hn::RebindToSigned<Tag> integers;
  const auto c = [&](float value) HWY_ATTR { return hn::Set(d, value); };
  x = hn::Max(c(-87.0f), x);  // keeps NaN
  const Vec n = hn::Round(hn::Mul(x, c(1.44269504f)));
  const Vec r = hn::NegMulAdd(n, c(-2.12194440e-4f), hn::NegMulAdd(n, c(0.693359375f), x));
  Vec p = c(1.0f / 5040);
  for (const float term : {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f}) p = hn::MulAdd(p, r, c(term));
  const auto power = hn::ShiftLeft<23>(hn::Add(hn::ConvertTo(integers, n), hn::Set(integers, 127)));
  return hn::Mul(p, hn::BitCast(d, power));
}

}  // namespace espalier::net::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
