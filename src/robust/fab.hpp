// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "robust/ball.hpp"
#include "robust/target.hpp"

namespace espalier::robust {

/// Fast adaptive boundary attack with targets [Croce & Hein 2020, arXiv:1907.02044].
struct Fab {
  Norm norm = Norm::linf;
  int steps = 100;         ///< per target
  int targets = 9;         ///< the classes ranked 2nd, 3rd, ... by the clean logits
  double alpha_max = 0.1;  ///< largest weight of the way back to the clean image
  double eta = 1.05;       ///< share of the way to the linearised boundary, beyond 1: behind it
  double beta = 0.9;       ///< misclassified images go back to this share of their change
  double enough = 0;       ///< images with a change of at most this length are not attacked further
};

/// Seeks the shortest change to each target: projections of the current and of the clean image onto the linearised boundary
/// within [0, 1], of which the next image is a mean. Sends the shortest change that the common draws misclassify, or else the
/// clean image. Images that are wrong when clean stay as they are.
Attacked fab_run(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, const Fab& how,
                 Expectation expectation);

}  // namespace espalier::robust
