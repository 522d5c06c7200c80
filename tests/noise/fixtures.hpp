// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Eigen/QR>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "espalier/core/random.hpp"
#include "espalier/noise/structure.hpp"

namespace espalier::noise::test {

/// A matrix of standard normal numbers that depends on `item` alone.
inline Eigen::MatrixXd gaussian(Eigen::Index rows, Eigen::Index columns, std::uint64_t item) {
  core::Random random = core::Stream(1, "test").random(item);
  Eigen::MatrixXd G(rows, columns);
  for (double& x : G.reshaped()) x = random.gaussian();
  return G;
}

/// A fit whose covariance is far from diagonal and whose spectrum falls.
inline Fit some_fit(Eigen::Index n) {
  const Eigen::MatrixXd Q = Eigen::HouseholderQR<Eigen::MatrixXd>(gaussian(n, n, 7)).householderQ();
  Eigen::VectorXd spectrum(n);
  for (Eigen::Index k = 0; k < n; ++k) spectrum[k] = 3.0 / (1.0 + static_cast<double>(k * k));
  return {spectrum, Q};
}

inline core::Settings noise(const std::string& kind, double trace, std::map<std::string, core::Value> more = {}) {
  core::Settings settings{kind, {{"layer", 2.0}, {"trace", trace}, {"draws", 7.0}}};
  for (const auto& [name, value] : more) settings.values[name] = value;
  return settings;
}

/// Every fitted structure, with the parameters that it needs.
inline std::vector<core::Settings> fitted(double trace) {
  return {noise("diagonal", trace),
          noise("full", trace),
          noise("blend", trace, {{"alpha", 0.3}}),
          noise("low-rank", trace),
          noise("local", trace, {{"group", 4.0}}),
          noise("rotated", trace),
          noise("flat", trace)};
}

/// Draws of `site` (units x images) for images 0, 1, ...
inline net::Matrix sample(const net::NoiseSite& site, int units, std::size_t images, std::uint64_t draw = 0) {
  std::vector<std::uint64_t> numbers(images);
  std::iota(numbers.begin(), numbers.end(), 0);
  net::Matrix A = net::Matrix::Zero(units, static_cast<Eigen::Index>(images));
  site.add(A, numbers, draw);
  return A;
}

}  // namespace espalier::noise::test
