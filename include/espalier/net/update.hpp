// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>

/// One step of an optimiser on all weights of a layer. All spans have the same length; the results do not depend on the
/// instruction set.
namespace espalier::net {

/// Stochastic gradient descent with momentum [Sutskever et al., ICML 2013] and weight decay d:
/// v = momentum v + g + d w,  w = w - rate v.
void sgd_update(std::span<float> w, std::span<const float> g, std::span<float> velocity, float rate, float momentum,
                float weight_decay);

/// Adam [Kingma and Ba, ICLR 2015] with weight decay d added to the gradient: g' = g + d w,
/// m = beta1 m + (1 - beta1) g',  v = beta2 v + (1 - beta2) g'^2,  w = w - rate (m / correction1) / (sqrt(v / correction2) +
/// epsilon). The corrections at step t = 1, 2, ... are 1 - beta1^t and 1 - beta2^t.
void adam_update(std::span<float> w, std::span<const float> g, std::span<float> m, std::span<float> v, float rate, float beta1,
                 float beta2, float epsilon, float correction1, float correction2, float weight_decay);

}  // namespace espalier::net
