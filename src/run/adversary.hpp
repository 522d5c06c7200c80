// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "espalier/robust/perturbation.hpp"
#include "espalier/train/adversarial.hpp"

namespace espalier::run {

/// The adversary of a training: the catalogue's `pgd` from a uniform start in the ball, keyed by (seed, epoch, image).
train::Adversary adversary(const train::AdversarialSettings& how, const robust::Seeds& seeds);

}  // namespace espalier::run
