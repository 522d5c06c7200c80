// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "espalier/core/kind.hpp"
#include "espalier/net/classifier.hpp"
#include "espalier/noise/fit.hpp"

namespace espalier::noise {

/// What keys the noise: draws differ by (seed, image, draw) and nothing else, so that cells are paired.
struct Seeds {
  std::uint64_t master = 0;
  int seed = 0;
};

/// Noise structures for the grid.
core::Catalogue structures();

/// The noise that `settings` (of kind `structure`) describes for a layer of `units` neurons; `fit` where the structure needs one
/// (std::logic_error when it is missing). Kind "none" gives an empty site. trace(S) = settings.trace * units. Factorises the
/// covariance: dear for wide layers, so keep the site and share it.
net::NoiseSite make_noise(const core::Settings& settings, int units, const Fit* fit, const Seeds& seeds);

/// sqrt(d' S^-1 d) of each column d of shifts (units x B), S the covariance of the noise that make_noise() gives for the same
/// arguments; infinite where d leaves the span of S by more than a millionth of its length. Decomposes S: keep it and share
/// it.
using Length = std::function<std::vector<double>(const net::Matrix& shifts)>;
Length make_length(const core::Settings& settings, int units, const Fit* fit, const Seeds& seeds);

/// |S - S1|_F / |S1|_F for the covariance S of that noise and the fitted one S1 of equal trace; NaN where nothing is fitted.
double structure_error(const core::Settings& settings, int units, const Fit* fit, const Seeds& seeds);

/// How many draws are averaged for a prediction under `settings` (1 where it is evaluated without noise).
std::uint64_t draws(const core::Settings& settings);

}  // namespace espalier::noise
