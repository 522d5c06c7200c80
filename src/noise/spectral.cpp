// SPDX-License-Identifier: BSD-3-Clause
// Structures that are made of the eigenvectors and the spectrum of the fitted covariance. Those of full rank have triangular
// factors, whose products take half the time of others.

#include <Eigen/QR>
#include <algorithm>
#include <cmath>

#include "espalier/core/random.hpp"
#include "noise/factor.hpp"

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

struct Ranked : core::NoiseSettings {
  std::optional<std::uint32_t> rank{};
};

core::Binding<Ranked> ranked_settings() {
  return {core::fitted_noise_settings(),
          setting("rank", &Ranked::rank, {1, 1e6}, "1", "number of eigenvectors; absent: the effective rank, rounded")};
}

Eigen::Index rank_of(const Ranked& settings, const Fit& fit) {
  const double rank = settings.rank ? *settings.rank : std::round(effective_rank(fit.spectrum));
  return std::min(static_cast<Eigen::Index>(rank), fit.spectrum.size());
}

struct Blend : core::NoiseSettings {
  double alpha = 0.5;
};

Factor whole(const Request& request, const core::NoiseSettings&) {
  if (request.fit->S0.size() > 0) return cholesky_factor(request.scale() * request.fit->S0);
  return triangular_factor(request.fit->vectors, request.scale() * request.fit->spectrum);
}

Factor blended(const Request& request, const Blend& settings) {
  const double a = settings.alpha;
  if (request.fit->S0.size() > 0) {
    Eigen::MatrixXd S = a * request.scale() * request.fit->S0;
    S.diagonal().array() += (1 - a) * request.trace;
    return cholesky_factor(S);
  }
  const Eigen::VectorXd spectrum = a * request.scale() * request.fit->spectrum;
  return triangular_factor(request.fit->vectors, (spectrum.array() + (1 - a) * request.trace).matrix());
}

Factor top_and_rest(const Request& request, const Ranked& settings) {
  const Fit fit = decomposed(*request.fit);
  const Eigen::Index n = fit.spectrum.size(), r = rank_of(settings, fit);
  const Eigen::VectorXd rest = fit.vectors.rightCols(n - r).cwiseAbs2() * fit.spectrum.tail(n - r);
  const Eigen::VectorXd top = (request.scale() * fit.spectrum.head(r)).cwiseSqrt();
  return {.sd = (request.scale() * rest).cwiseSqrt(), .A = fit.vectors.leftCols(r) * top.asDiagonal()};
}

Factor turned(const Request& request, const core::NoiseSettings&) {
  const core::Stream stream(request.seeds.master, "rotation", "seed=" + std::to_string(request.seeds.seed));
  return triangular_factor(random_rotation(request.units, stream), request.scale() * decomposed(*request.fit).spectrum);
}

Factor same_along_top(const Request& request, const Ranked& settings) {
  const Fit fit = decomposed(*request.fit);
  const Eigen::Index r = rank_of(settings, fit);
  const double variance = request.trace * static_cast<double>(request.units) / static_cast<double>(r);
  return {.sd = {}, .A = std::sqrt(variance) * fit.vectors.leftCols(r)};
}

}  // namespace

Structure full() {
  return structure({.name = "full", .description = "the fitted covariance", .settings = core::fitted_noise_settings()}, true,
                   noise_cost(1, 1), whole);
}

Structure blend() {
  return structure({.name = "blend",
                    .description = "mixture of the fitted and the isotropic covariance",
                    .settings = {core::fitted_noise_settings(),
                                 setting("alpha", &Blend::alpha, {0, 1}, "share",
                                         "S = alpha * full + (1 - alpha) * isotropic, both of the same trace")}},
                   true, noise_cost(1, 1), blended);
}

Structure low_rank() {
  return structure({.name = "low-rank",
                    .description = "the top eigenvectors of the fitted covariance plus the rest of its diagonal: same variances",
                    .settings = ranked_settings()},
                   true, noise_cost(1.1, 0.1), top_and_rest);
}

Structure rotated() {
  return structure({.name = "rotated",
                    .description = "control: the fitted spectrum with random eigenvectors",
                    .settings = core::fitted_noise_settings()},
                   true, noise_cost(1, 1), turned);
}

Structure flat() {
  return structure({.name = "flat",
                    .description = "control: same variance along each top eigenvector of the fitted covariance, zero elsewhere",
                    .settings = ranked_settings()},
                   true, noise_cost(0.1, 0.1), same_along_top);
}

}  // namespace espalier::noise
