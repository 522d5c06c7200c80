// SPDX-License-Identifier: BSD-3-Clause
#include "net/simd.hpp"
//
#include "espalier/net/update.hpp"

#include "net/denormals.hpp"
#include "net/kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "net/update.cpp"
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

#include "net/row-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace espalier::net::HWY_NAMESPACE {

/// Calls use(k, mask) for vectors of entries that cover 0..size-1; the mask leaves out what lies beyond.
template <typename Use>
HWY_INLINE void for_vectors(std::size_t size, const Use& use) {
  const auto all = hn::FirstN(Tag(), step);
  std::size_t k = 0;
  for (; k + step <= size; k += step) use(k, all);
  if (k < size) use(k, hn::FirstN(Tag(), size - k));
}

void sgd(std::span<float> w, std::span<const float> g, std::span<float> velocity, float rate, float momentum,
         float weight_decay) {
  const Tag d;
  const Vec mu = hn::Set(d, momentum), decay = hn::Set(d, weight_decay), eta = hn::Set(d, rate);
  for_vectors(w.size(), [&](std::size_t k, auto mask) HWY_ATTR {
    const Vec weight = hn::MaskedLoad(mask, d, w.data() + k);
    const Vec gradient = hn::MulAdd(decay, weight, hn::MaskedLoad(mask, d, g.data() + k));
    const Vec v = hn::MulAdd(mu, hn::MaskedLoad(mask, d, velocity.data() + k), gradient);
    hn::BlendedStore(v, mask, d, velocity.data() + k);
    hn::BlendedStore(hn::NegMulAdd(eta, v, weight), mask, d, w.data() + k);
  });
}

void adam(std::span<float> w, std::span<const float> g, std::span<float> m, std::span<float> v, const kernels::AdamStep& a) {
  const Tag d;
  const auto c = [&](float value) HWY_ATTR { return hn::Set(d, value); };
  const Vec beta1 = c(a.beta1), beta2 = c(a.beta2), other1 = c(1 - a.beta1), other2 = c(1 - a.beta2);
  const Vec decay = c(a.weight_decay), epsilon = c(a.epsilon), rate = c(a.rate / a.correction1), scale = c(1 / a.correction2);
  for_vectors(w.size(), [&](std::size_t k, auto mask) HWY_ATTR {
    const Vec weight = hn::MaskedLoad(mask, d, w.data() + k);
    const Vec gradient = hn::MulAdd(decay, weight, hn::MaskedLoad(mask, d, g.data() + k));
    const Vec first = hn::MulAdd(beta1, hn::MaskedLoad(mask, d, m.data() + k), hn::Mul(other1, gradient));
    const Vec second = hn::MulAdd(beta2, hn::MaskedLoad(mask, d, v.data() + k), hn::Mul(other2, hn::Mul(gradient, gradient)));
    hn::BlendedStore(first, mask, d, m.data() + k);
    hn::BlendedStore(second, mask, d, v.data() + k);
    const Vec change = hn::Div(hn::Mul(rate, first), hn::Add(hn::Sqrt(hn::Mul(second, scale)), epsilon));
    hn::BlendedStore(hn::Sub(weight, change), mask, d, w.data() + k);
  });
}

}  // namespace espalier::net::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace espalier::net {

namespace {
HWY_EXPORT(sgd);
HWY_EXPORT(adam);
}  // namespace

void sgd_update(std::span<float> w, std::span<const float> g, std::span<float> velocity, float rate, float momentum,
                float weight_decay) {
  const FlushDenormals scope;
  HWY_DYNAMIC_DISPATCH(sgd)(w, g, velocity, rate, momentum, weight_decay);
}

void adam_update(std::span<float> w, std::span<const float> g, std::span<float> m, std::span<float> v, float rate, float beta1,
                 float beta2, float epsilon, float correction1, float correction2, float weight_decay) {
  const FlushDenormals scope;
  HWY_DYNAMIC_DISPATCH(adam)(w, g, m, v, {rate, beta1, beta2, epsilon, correction1, correction2, weight_decay});
}

}  // namespace espalier::net
#endif
