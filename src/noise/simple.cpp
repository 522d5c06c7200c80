// SPDX-License-Identifier: BSD-3-Clause
// Structures whose units are independent.

#include <cmath>

#include "noise/factor.hpp"

namespace espalier::noise {
namespace {

Factor same_variance(const Request& request, const core::NoiseSettings&) {
  return {.sd = Eigen::VectorXd::Constant(request.units, std::sqrt(request.trace)), .A = {}};
}

Factor fitted_variances(const Request& request, const core::NoiseSettings&) {
  const Fit& fit = *request.fit;
  const Eigen::VectorXd variances =
      fit.S0.size() > 0 ? Eigen::VectorXd(fit.S0.diagonal()) : fit.vectors.cwiseAbs2() * fit.spectrum;
  return {.sd = (request.scale() * variances).cwiseSqrt(), .A = {}};
}

}  // namespace

Structure isotropic() {
  return structure({.name = "isotropic",
                    .description = "S = t I: independent, same variance at every unit",
                    .settings = core::noise_settings()},
                   false, noise_cost(1, 0), same_variance);
}

Structure diagonal() {
  return structure(
      {.name = "diagonal", .description = "the fitted variances without covariances", .settings = core::fitted_noise_settings()},
      true, noise_cost(1, 0), fitted_variances);
}

}  // namespace espalier::noise
