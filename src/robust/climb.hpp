// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "robust/alarms.hpp"
#include "robust/ball.hpp"
#include "robust/target.hpp"

namespace espalier::robust {

/// Projected steps along the loss gradient: FGSM, BIM, PGD and MIM are settings of this.
struct Climb {
  int steps = 1;
  double step = 1;            ///< length of a step, in pixel values
  double decay = 0;           ///< steps follow m <- decay m + g / |g|_1 [Dong et al. 2018]; of 0, g
  std::uint64_t restart = 0;  ///< keys the noise draws of the gradients, so that restarts differ
};

/// Climbs from X. Alarms: 1 where the first gradient is 0; 8 where the loss still rises: the last tenth of 10 or more steps
/// brings more than 5 % of the whole rise.
Attacked climb(Target& target, const Domain& domain, net::Matrix X, const Climb& how);

/// The runs of an attack that climbs from the clean images with the loss of `settings`.
Attacked climb_from_clean(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels,
                          const core::Settings& settings, const Climb& how);

/// Ball, loss and `own` parameters of an attack that climbs, and its cost by `steps` and the number of runs.
std::vector<core::Parameter> climb_parameters(std::vector<core::Parameter> own);
core::Cost climb_cost(const core::Settings& settings);

/// The parameter `norm` of an attack.
core::Parameter norm_parameter();
Norm norm(const core::Settings& settings);
/// The parameter `level` of an attack: eps.
core::Parameter eps_parameter();
Ball ball(const core::Settings& settings);
/// The optional parameter `level` of an attack that seeks the least change.
core::Parameter longest_parameter();

/// 1 for images whose gradient column is 0, else 0: the first alarm.
std::vector<std::uint32_t> zero_gradient(const net::Matrix& G);

/// Whether a loss that was `start`, then `late` when a tenth of the steps was left, then `end`, still rises.
bool still_rising(float start, float late, float end);

}  // namespace espalier::robust
