// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "robust/target.hpp"

namespace espalier::robust {

/// DeepFool, l2 [Moosavi-Dezfooli et al. 2016].
struct DeepFool {
  int steps = 50;
  double overshoot = 0.02;
};

/// Steps to the nearest of the linearised borders around the label's region until each image is misclassified by the common
/// draws: x = clip(x0 + (1 + overshoot) r), r the sum of the steps, each 1e-4 longer than the distance to the border. Images that
/// are wrong when clean stay as they are.
Attacked deepfool_run(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels,
                      const DeepFool& how, Expectation expectation);

}  // namespace espalier::robust
