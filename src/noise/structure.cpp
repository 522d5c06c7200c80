// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/noise/structure.hpp"

#include <Eigen/Cholesky>
#include <Eigen/QR>
#include <algorithm>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

#include "espalier/core/random.hpp"
#include "noise/factor.hpp"

namespace espalier::noise {
namespace {

const std::vector<Structure>& catalogue() {
  static const std::vector<Structure> all{{.kind = {.name = "none",
                                                    .family = "none",
                                                    .description = "no noise",
                                                    .parameters = core::baseline_settings().parameters()}},
                                          isotropic(),
                                          diagonal(),
                                          full(),
                                          blend(),
                                          low_rank(),
                                          local(),
                                          rotated(),
                                          flat()};
  return all;
}

/// Nothing for kind "none".
std::optional<Factor> factor_of(const core::Settings& settings, int units, const Fit* fit, const Seeds& seeds) {
  const auto found = std::ranges::find_if(catalogue(), [&](const Structure& s) { return s.kind.name == settings.kind; });
  if (found == catalogue().end()) throw std::logic_error("no noise structure is called '" + settings.kind + "'");
  if (!found->factor) return std::nullopt;
  if (found->fitted && (!fit || noise::units(*fit) != units))
    throw std::logic_error("noise '" + settings.kind + "' needs a covariance that was fitted to its layer");
  return found->factor(settings, {core::read_noise(settings).trace, units, fit, seeds});
}

}  // namespace

core::Cost noise_cost(double per_unit, double per_link) {
  constexpr double normal = 1.8e-9, multiply_add = 1e-11;  // seconds, as espalier_bench measures noise/diagonal and noise/full
  return {.per_unit = normal * per_unit, .per_link = multiply_add * per_link};
}

Eigen::MatrixXd covariance(const Factor& factor) {
  Eigen::MatrixXd S =
      Eigen::MatrixXd::Zero(std::max(factor.sd.size(), factor.A.rows()), std::max(factor.sd.size(), factor.A.rows()));
  if (factor.sd.size() > 0) S.diagonal() += factor.sd.cwiseAbs2();
  if (factor.A.size() > 0) S += factor.A * factor.A.transpose();
  return S;
}

Factor triangular_factor(const Eigen::MatrixXd& M) {
  // M' = Q R gives S = R' R, also where S is singular, without the rounding of forming S.
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(M.transpose());
  const Eigen::Index rank = std::min(M.rows(), M.cols());
  Eigen::MatrixXd L = Eigen::MatrixXd::Zero(M.rows(), M.rows());
  L.leftCols(rank) = qr.matrixQR().topRows(rank).triangularView<Eigen::Upper>().toDenseMatrix().transpose();
  for (Eigen::Index k = 0; k < rank; ++k)
    if (L(k, k) < 0) L.col(k) *= -1;
  return {.sd = {}, .A = std::move(L), .triangular = true};
}

Factor cholesky_factor(const Eigen::MatrixXd& S) {
  const Eigen::LLT<Eigen::MatrixXd> llt(S);
  if (llt.info() != Eigen::Success) throw std::runtime_error("a fitted covariance is not positive definite");
  return {.sd = {}, .A = llt.matrixL(), .triangular = true};
}

core::Catalogue structures() {
  core::Catalogue kinds;
  for (const Structure& structure : catalogue()) kinds.push_back(structure.kind);
  return kinds;
}

net::NoiseSite make_noise(const core::Settings& settings, int units, const Fit* fit, const Seeds& seeds) {
  const auto factor = factor_of(settings, units, fit, seeds);
  if (!factor) return {};
  return sampler(core::read_noise(settings).layer, *factor, {seeds.master, "noise", "seed=" + std::to_string(seeds.seed)});
}

Length make_length(const core::Settings& settings, int units, const Fit* fit, const Seeds& seeds) {
  const auto factor = factor_of(settings, units, fit, seeds);
  return factor ? length(*factor) : Length{};
}

double structure_error(const core::Settings& settings, int units, const Fit* fit, const Seeds& seeds) {
  const auto factor = factor_of(settings, units, fit, seeds);
  if (!factor || !fit) return std::numeric_limits<double>::quiet_NaN();
  const Eigen::MatrixXd S1 = Request{core::read_noise(settings).trace, units, fit, seeds}.scale() * covariance(*fit);
  return (covariance(*factor) - S1).norm() / S1.norm();
}

std::uint64_t draws(const core::Settings& settings) {
  const core::NoiseSettings noise = core::read_noise(settings);
  return noise.is_on() ? noise.draws : 1;
}

}  // namespace espalier::noise
