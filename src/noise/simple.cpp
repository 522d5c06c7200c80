// SPDX-License-Identifier: BSD-3-Clause
// Structures whose units are independent.

#include <cmath>

#include "noise/factor.hpp"
#include "noise/parameters.hpp"

namespace espalier::noise {

Structure isotropic() {
  return {.kind = noise_kind("isotropic", "S = t I: independent, same variance at every unit", noise_parameters(), 1, 0),
          .fitted = false,
          .factor = [](const Request& request) {
            return Factor{.sd = Eigen::VectorXd::Constant(request.units, std::sqrt(request.trace())), .A = {}};
          }};
}

Structure diagonal() {
  return {.kind = noise_kind("diagonal", "the fitted variances without covariances", fitted_parameters(), 1, 0),
          .fitted = true,
          .factor = [](const Request& request) {
            const Fit& fit = *request.fit;
            const Eigen::VectorXd variances =
                fit.S0.size() > 0 ? Eigen::VectorXd(fit.S0.diagonal()) : fit.vectors.cwiseAbs2() * fit.spectrum;
            return Factor{.sd = (request.scale() * variances).cwiseSqrt(), .A = {}};
          }};
}

}  // namespace espalier::noise
