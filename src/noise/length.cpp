// SPDX-License-Identifier: BSD-3-Clause
// Lengths of shifts in units of the noise: sqrt(d' S^-1 d) [Mahalanobis 1936].

#include <cmath>
#include <limits>
#include <memory>

#include "noise/factor.hpp"

namespace espalier::noise {
namespace {

/// S = V diag(spectrum) V'; V empty: the unit vectors.
struct Axes {
  Eigen::MatrixXd V;
  Eigen::VectorXd spectrum;
  double least = 0;  ///< axes of no more variance are outside the span
};

Axes axes_of(const Factor& factor) {
  if (factor.A.size() == 0) return {.V = {}, .spectrum = factor.sd.cwiseAbs2()};
  Fit fit = decompose(covariance(factor));
  const double rounding = static_cast<double>(fit.spectrum.size()) * std::numeric_limits<double>::epsilon();
  const double least = rounding * fit.spectrum[0];
  return {std::move(fit.vectors), std::move(fit.spectrum), least};
}

/// Of a shift with the coordinates `y` along the axes.
double length_along(const Axes& axes, const Eigen::Ref<const Eigen::VectorXd>& y) {
  constexpr double rounding = 1e-6;  // of shifts, which are differences of floats
  double squared = 0, outside = 0;
  for (Eigen::Index k = 0; k < y.size(); ++k) {
    if (axes.spectrum[k] > axes.least)
      squared += y[k] * y[k] / axes.spectrum[k];
    else
      outside += y[k] * y[k];
  }
  const bool leaves = outside > rounding * rounding * y.squaredNorm();
  return leaves ? std::numeric_limits<double>::infinity() : std::sqrt(squared);
}

}  // namespace

Length length(const Factor& factor) {
  return [axes = std::make_shared<const Axes>(axes_of(factor))](const net::Matrix& shifts) {
    const Eigen::MatrixXd D = shifts.cast<double>();
    const Eigen::MatrixXd Y = axes->V.size() > 0 ? Eigen::MatrixXd(axes->V.transpose() * D) : D;
    std::vector<double> lengths;
    for (Eigen::Index b = 0; b < Y.cols(); ++b) lengths.push_back(length_along(*axes, Y.col(b)));
    return lengths;
  };
}

}  // namespace espalier::noise
