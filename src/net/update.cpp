#include "espalier/net/update.hpp"

#include <cmath>
#include <cstddef>

namespace espalier::net {

void sgd_update(std::span<float> w, std::span<const float> g, std::span<float> velocity, float rate, float momentum,
                float weight_decay) {
  for (std::size_t k = 0; k < w.size(); ++k) {
    velocity[k] = std::fma(momentum, velocity[k], std::fma(weight_decay, w[k], g[k]));
    w[k] = std::fma(-rate, velocity[k], w[k]);
  }
}

void adam_update(std::span<float> w, std::span<const float> g, std::span<float> m, std::span<float> v, float rate, float beta1,
                 float beta2, float epsilon, float correction1, float correction2, float weight_decay) {
  for (std::size_t k = 0; k < w.size(); ++k) {
    const float gradient = std::fma(weight_decay, w[k], g[k]);
    m[k] = std::fma(beta1, m[k], (1 - beta1) * gradient);
    v[k] = std::fma(beta2, v[k], (1 - beta2) * (gradient * gradient));
    w[k] -= rate * (m[k] / correction1) / (std::sqrt(v[k] / correction2) + epsilon);
  }
}

}  // namespace espalier::net
