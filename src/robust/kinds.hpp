// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "espalier/robust/perturbation.hpp"

/// What the definitions of the perturbations share; the catalogue lists them.
namespace espalier::robust {

/// Cost of a search of `steps` gradients and `probes` further passes; the evaluation, and the draws of each pass, are not in it.
core::Cost steps_cost(double steps, double probes);

/// An attack: its own parameters, and those that all attacks on noisy networks share. `images` (0: absent) is the default
/// number of images.
Perturbation attack(core::Kind kind, Attack act, Search search = Search::gradients, double images = 0);

/// An attack that does what another program does, under linf, with one noise draw per pass. No alarms compare it with others.
Perturbation literal_attack(core::Kind kind, Attack act);
Perturbation literal_attack(core::Kind kind, JointAttack joint);

}  // namespace espalier::robust
