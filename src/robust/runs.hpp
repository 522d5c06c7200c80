// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "robust/ball.hpp"
#include "robust/target.hpp"
#include "robust/worst_case.hpp"

/// What attacks along gradients share: the loss they climb, and their runs from several starts at several classes.
namespace espalier::robust {

struct Runs : Ball {
  Loss loss = Loss::scaled_cross_entropy;
  int restarts = 1;
  int targets = 9;  ///< of losses with targets: the classes ranked 2nd, 3rd, ... by the clean logits, one run each
};

/// One run, with the loss's target set.
using Run = std::function<Attacked(Target& target, const Domain& domain, const net::Batch& part, std::uint64_t restart)>;

/// The runs (restarts times targets) as attempts for worst_of().
std::vector<Attempt> attempts_of(net::Classifier& classifier, const Runs& runs, Expectation expectation, const Run& run);

/// The class ranked `rank` (1: the second largest) by the logits Z of each image, the label left out.
std::vector<std::uint8_t> ranked_targets(const net::Matrix& Z, std::span<const std::uint8_t> labels, int rank);

/// The settings `loss` and `targets` of an attack.
core::Setting<Runs> loss_setting();
core::Setting<Runs> targets_setting();
double number_of_runs(const Runs& runs);
/// The denominators of the difference of logits ratio need the third, with targets the fourth largest logit.
int least_classes(const Runs& runs);

}  // namespace espalier::robust
