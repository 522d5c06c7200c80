#pragma once

#include <cstdint>
#include <optional>

#include <Eigen/Core>

#include "espalier/core/kind.hpp"
#include "espalier/net/classifier.hpp"

namespace espalier::noise {

/// A fitted covariance of activation differences at one layer: S0 (n x n, double).
struct Fit {
  Eigen::MatrixXd covariance;
};

/// What keys the noise: draws differ by (seed, image, draw) and nothing else, so that cells are paired.
struct Seeds {
  std::uint64_t master = 0;
  int seed = 0;
};

/// Noise structures for the grid.
core::Catalogue structures();

/// The noise that `settings` (of kind `structure`) describes for a layer of `units` neurons; `fit` where the structure needs one.
/// Kind "none" gives an empty site. Trace: trace(S) = settings.trace * units.
net::NoiseSite make_noise(const core::Settings& settings, int units, const Fit* fit, const Seeds& seeds);

/// How many draws are averaged for a prediction under `settings` (1 for none).
std::uint64_t draws(const core::Settings& settings);

}  // namespace espalier::noise
