// SPDX-License-Identifier: BSD-3-Clause
#include "robust/input_noise.hpp"

#include "robust/ball.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {

core::Parameter noise_norm(const std::string& own, const std::string& meaning) {
  return choice("norm", {own, "linf", "l2"}, meaning + "; linf, l2: every image's noise has exactly that length before clipping");
}

net::Matrix add_noise(const net::Batch& clean, net::Matrix N, double level, const std::string& norm) {
  std::vector<float> factor(clean.images.size(), static_cast<float>(level));
  if (norm == "linf" || norm == "l2") {
    const std::vector<double> length = norm == "l2" ? l2_norms(N) : linf_norms(N);
    for (std::size_t b = 0; b < factor.size(); ++b) factor[b] = static_cast<float>(level / length[b]);
  }
  scale(N, factor);
  return (clean.X + N).cwiseMax(0.0f).cwiseMin(1.0f);
}

}  // namespace espalier::robust
