// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "noise/factor.hpp"

namespace espalier::noise {
namespace {

struct Local : core::NoiseSettings {
  int group = 10;
};

Factor factor(const Request& request, const Local& settings) {
  const Eigen::Index n = request.units, group = settings.group;
  const Eigen::MatrixXd S = request.scale() * covariance(*request.fit);
  Factor out{.sd = {}, .A = Eigen::MatrixXd::Zero(n, n), .block = group};
  for (Eigen::Index first = 0; first < n; first += group) {
    const Eigen::Index size = std::min(group, n - first);
    const Fit block = decompose(S.block(first, first, size, size));
    out.A.block(first, first, size, size) = block.vectors * block.spectrum.cwiseSqrt().asDiagonal() * block.vectors.transpose();
  }
  return out;
}

}  // namespace

Structure local() {
  return structure({.name = "local",
                    .description = "the fitted covariances within groups of units only, as from local information",
                    .settings = {core::fitted_noise_settings(), setting("group", &Local::group, {1, 1e6}, "units",
                                                                        "consecutive units whose covariances are kept")}},
                   true, noise_cost(1, 0.1), factor);
}

}  // namespace espalier::noise
