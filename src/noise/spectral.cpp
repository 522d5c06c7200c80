// SPDX-License-Identifier: BSD-3-Clause
// Structures that are made of the eigenvectors and the spectrum of the fitted covariance. Those of full rank have triangular
// factors, whose products take half the time of others.

#include <Eigen/QR>
#include <algorithm>
#include <cmath>

#include "espalier/core/random.hpp"
#include "noise/factor.hpp"
#include "noise/parameters.hpp"

namespace espalier::noise {
namespace {

/// Of S = V diag(spectrum) V'.
Factor triangular_factor(const Eigen::MatrixXd& V, const Eigen::VectorXd& spectrum) {
  return noise::triangular_factor(V * spectrum.cwiseSqrt().asDiagonal());
}

/// A random rotation, uniform by Haar's measure: Q of a gaussian matrix, its signs those of R's diagonal [Mezzadri 2007].
Eigen::MatrixXd random_rotation(Eigen::Index units, const core::Stream& stream) {
  Eigen::MatrixXd G(units, units);
  core::Random random = stream.random(static_cast<std::uint64_t>(units));
  for (double& x : G.reshaped()) x = random.gaussian();
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(G);
  Eigen::MatrixXd Q = qr.householderQ();
  for (Eigen::Index k = 0; k < units; ++k)
    if (qr.matrixQR()(k, k) < 0) Q.col(k) *= -1;
  return Q;
}

Eigen::Index rank_of(const core::Settings& settings, const Fit& fit) {
  const double rank = settings.has("rank") ? settings.number("rank") : std::round(effective_rank(fit.spectrum));
  return std::min(static_cast<Eigen::Index>(rank), fit.spectrum.size());
}

core::Parameter rank_parameter() {
  return optional(integer("rank", 1, 1e6, 1, "1", "number of eigenvectors; absent: the effective rank, rounded"));
}

std::vector<core::Parameter> with(std::vector<core::Parameter> parameters, core::Parameter one) {
  parameters.push_back(std::move(one));
  return parameters;
}

}  // namespace

Structure full() {
  return {.kind = noise_kind("full", "the fitted covariance", fitted_parameters(), 1, 1),
          .fitted = true,
          .factor = [](const Request& request) {
            if (request.fit->S0.size() > 0) return cholesky_factor(request.scale() * request.fit->S0);
            return triangular_factor(request.fit->vectors, request.scale() * request.fit->spectrum);
          }};
}

Structure blend() {
  core::Parameter alpha =
      number("alpha", 0, 1, 0.5, "share", "S = alpha * full + (1 - alpha) * isotropic, both of the same trace");
  return {
      .kind = noise_kind("blend", "mixture of the fitted and the isotropic covariance", with(fitted_parameters(), alpha), 1, 1),
      .fitted = true,
      .factor = [](const Request& request) {
        const double a = request.settings.number("alpha");
        if (request.fit->S0.size() > 0) {
          Eigen::MatrixXd S = a * request.scale() * request.fit->S0;
          S.diagonal().array() += (1 - a) * request.trace();
          return cholesky_factor(S);
        }
        const Eigen::VectorXd spectrum = a * request.scale() * request.fit->spectrum;
        return triangular_factor(request.fit->vectors, (spectrum.array() + (1 - a) * request.trace()).matrix());
      }};
}

Structure low_rank() {
  return {.kind = noise_kind("low-rank",
                             "the top eigenvectors of the fitted covariance plus the rest of its diagonal: same variances",
                             with(fitted_parameters(), rank_parameter()), 1.1, 0.1),
          .fitted = true,
          .factor = [](const Request& request) {
            const Fit fit = decomposed(*request.fit);
            const Eigen::Index n = fit.spectrum.size(), r = rank_of(request.settings, fit);
            const Eigen::VectorXd rest = fit.vectors.rightCols(n - r).cwiseAbs2() * fit.spectrum.tail(n - r);
            const Eigen::VectorXd top = (request.scale() * fit.spectrum.head(r)).cwiseSqrt();
            return Factor{.sd = (request.scale() * rest).cwiseSqrt(), .A = fit.vectors.leftCols(r) * top.asDiagonal()};
          }};
}

Structure rotated() {
  return {.kind = noise_kind("rotated", "control: the fitted spectrum with random eigenvectors", fitted_parameters(), 1, 1),
          .fitted = true,
          .factor = [](const Request& request) {
            const core::Stream stream(request.seeds.master, "rotation", "seed=" + std::to_string(request.seeds.seed));
            return triangular_factor(random_rotation(request.units, stream), request.scale() * decomposed(*request.fit).spectrum);
          }};
}

Structure flat() {
  return {.kind = noise_kind("flat", "control: same variance along each top eigenvector of the fitted covariance, zero elsewhere",
                             with(fitted_parameters(), rank_parameter()), 0.1, 0.1),
          .fitted = true,
          .factor = [](const Request& request) {
            const Fit fit = decomposed(*request.fit);
            const Eigen::Index r = rank_of(request.settings, fit);
            const double variance = request.trace() * static_cast<double>(request.units) / static_cast<double>(r);
            return Factor{.sd = {}, .A = std::sqrt(variance) * fit.vectors.leftCols(r)};
          }};
}

}  // namespace espalier::noise
