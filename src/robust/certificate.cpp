// SPDX-License-Identifier: BSD-3-Clause
#include "robust/certificate.hpp"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <limits>
#include <numbers>

namespace espalier::robust {
namespace {

/// The least of `sorted` that a share of at least `q` of all does not exceed; no interpolation, since lengths may be infinite.
double quantile(const std::vector<double>& sorted, double q) {
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

void fill_lengths(core::CellResult& cell, std::vector<double> lengths) {
  std::ranges::sort(lengths);
  double sum = 0;
  std::size_t finite = 0;
  for (; finite < lengths.size() && std::isfinite(lengths[finite]); ++finite) sum += lengths[finite];
  using core::metric;
  const auto all = static_cast<double>(lengths.size());
  if (finite > 0) cell.values[metric("mahalanobis_mean")] = sum / static_cast<double>(finite);
  cell.values[metric("mahalanobis_q10")] = quantile(lengths, 0.1);
  cell.values[metric("mahalanobis_median")] = quantile(lengths, 0.5);
  cell.values[metric("mahalanobis_q90")] = quantile(lengths, 0.9);
  cell.values[metric("mahalanobis_outside")] = (all - static_cast<double>(finite)) / all;
}

}  // namespace

double lower_bound(std::uint64_t successes, std::uint64_t trials, double confidence) {
  if (successes == 0) return 0;
  const auto k = static_cast<double>(successes), n = static_cast<double>(trials);
  return boost::math::ibeta_inv(k, n - k + 1, 1 - confidence);
}

double certified_radius(double probability) {
  if (probability <= 0.5) return 0;
  if (probability >= 1) return std::numeric_limits<double>::infinity();
  return -std::numbers::sqrt2 * boost::math::erfc_inv(2 * probability);
}

void fill_certificate(core::CellResult& cell, const std::vector<double>& shift, const std::vector<std::uint32_t>& votes,
                      const Certificate& how) {
  fill_lengths(cell, shift);
  std::vector<double> radii;
  double certified = 0;
  for (std::size_t i = 0; i < shift.size(); ++i) {
    const double probability = lower_bound(votes[i], how.draws, how.confidence);
    radii.push_back(certified_radius(probability));
    certified += probability > 0.5 && shift[i] <= radii.back();
  }
  std::ranges::sort(radii);
  cell.values[core::metric("radius_median")] = quantile(radii, 0.5);
  cell.values[core::metric("certified_accuracy")] = certified / static_cast<double>(shift.size());
}

}  // namespace espalier::robust
