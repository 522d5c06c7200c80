// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "noise/factor.hpp"
#include "noise/parameters.hpp"

namespace espalier::noise {
namespace {

Factor factor(const Request& request) {
  const Eigen::Index n = request.units, group = request.settings.integer("group");
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
  std::vector<core::Parameter> parameters = fitted_parameters();
  parameters.push_back(integer("group", 1, 1e6, 10, "units", "consecutive units whose covariances are kept"));
  return {.kind = noise_kind("local", "the fitted covariances within groups of units only, as from local information",
                             std::move(parameters), 1, 0.1),
          .fitted = true,
          .factor = factor};
}

}  // namespace espalier::noise
