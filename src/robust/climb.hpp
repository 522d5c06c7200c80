// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "robust/alarms.hpp"
#include "robust/runs.hpp"

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

/// Settings of an attack along gradients.
struct ClimbSettings : AttackSettings, Runs {};

/// The runs of an attack that climbs from the clean images with the loss of `settings`.
Attacked climb_from_clean(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels,
                          const ClimbSettings& settings, const Climb& how);

/// The settings of ball and loss, and the cost of `steps` of each run.
core::Binding<Runs> climb_settings();
core::Cost climb_cost(int steps, const Runs& runs);

/// 1 for images whose gradient column is 0, else 0: the first alarm.
std::vector<std::uint32_t> zero_gradient(const net::Matrix& G);

/// Whether a loss that was `start`, then `late` when a tenth of the steps was left, then `end`, still rises.
bool still_rising(float start, float late, float end);

}  // namespace espalier::robust
