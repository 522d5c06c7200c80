// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "robust/runs.hpp"

namespace espalier::robust {

/// Auto-PGD [Croce & Hein 2020].
struct Apgd {
  int steps = 100;
  double rho = 0.75;
  bool art = false;  ///< first step 0.1 pixel values (else 2 eps), checkpoints rounded up, strict comparison with rho
};

/// One run from X: the last misclassified iterate, or else the one of largest loss. `run` keys the noise draws.
Attacked apgd_run(Target& target, const Domain& domain, net::Matrix X, const Apgd& how, std::uint64_t run);

/// The runs (restarts times targets) as attempts for worst_of().
std::vector<Attempt> apgd_attempts(net::Classifier& classifier, const Runs& runs, const Apgd& how, Expectation expectation,
                                   const Seeds& seeds);

}  // namespace espalier::robust
