// SPDX-License-Identifier: BSD-3-Clause
#include "robust/input_noise.hpp"

#include "robust/ball.hpp"

namespace espalier::robust {

net::Matrix add_noise(const net::Batch& clean, net::Matrix N, double level, NoiseNorm norm) {
  std::vector<float> factor(clean.images.size(), static_cast<float>(level));
  if (norm != NoiseNorm::own) {
    const std::vector<double> length = norm == NoiseNorm::l2 ? l2_norms(N) : linf_norms(N);
    for (std::size_t b = 0; b < factor.size(); ++b) factor[b] = static_cast<float>(level / length[b]);
  }
  scale(N, factor);
  return (clean.X + N).cwiseMax(0.0f).cwiseMin(1.0f);
}

}  // namespace espalier::robust
