// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Eigen/Core>

#include "espalier/core/component.hpp"
#include "espalier/core/noise_settings.hpp"
#include "espalier/core/random.hpp"
#include "espalier/noise/structure.hpp"

namespace espalier::noise {

using core::Component, core::setting;

/// A covariance S (n x n) as what makes it of standard normal numbers: x = sd * g + A h, S = diag(sd^2) + A A'.
struct Factor {
  Eigen::VectorXd sd;       ///< n; empty: no such part
  Eigen::MatrixXd A;        ///< n x m; empty: no such part
  Eigen::Index block = 0;   ///< A is 0 outside of square blocks of this number of units along its diagonal; 0: it is full
  bool triangular = false;  ///< A is 0 above its diagonal
};

/// The factor of a positive definite S (n x n) whose A is lower triangular with a positive diagonal. Throws std::runtime_error
/// where S is not positive definite.
Factor cholesky_factor(const Eigen::MatrixXd& S);

/// The factor of S = M M' whose A is lower triangular with a diagonal that is not negative, for any M (n x m).
Factor triangular_factor(const Eigen::MatrixXd& M);

Eigen::MatrixXd covariance(const Factor& factor);

/// What a structure makes its factor of. S0 is scaled to trace t n.
struct Request {
  double trace;  ///< t
  Eigen::Index units;
  const Fit* fit;  ///< null where the structure needs none
  const Seeds& seeds;

  double scale() const { return trace * static_cast<double>(units) / noise::trace(*fit); }  ///< S = scale S0
};

/// A structure: its entry in the catalogue, whether its covariance is fitted, and its factor (none: no noise). A new one is one
/// new function, and one line in structure.cpp.
struct Structure {
  core::Kind kind;
  bool fitted = false;
  std::function<Factor(const core::Settings&, const Request&)> factor{};
};

/// What a noise takes per image and draw: normal numbers per unit of its layer, and multiply-adds per pair of units.
core::Cost noise_cost(double per_unit, double per_link);

template <typename S>
Structure structure(Component<S> component, bool fitted, core::Cost cost, Factor (*factor)(const Request&, const S&)) {
  component.family = "noise";
  component.cost = [cost](const S&) { return cost; };
  component.definition = 2;  // triangular factors; noise of the last hidden layer is drawn at the logits
  return {component.kind(), fitted,
          [factor, binding = component.settings](const core::Settings& settings, const Request& request) {
            return factor(request, binding.read_some(settings));
          }};
}

Structure isotropic(), diagonal(), full(), blend(), low_rank(), local(), rotated(), flat();

/// Adds draws of `factor` to the activations of hidden layer `layer`. Image, draw and `stream` key the normal numbers; those of
/// one image and draw are the same for all structures.
net::NoiseSite sampler(int layer, const Factor& factor, const core::Stream& stream);

Length length(const Factor& factor);

}  // namespace espalier::noise
