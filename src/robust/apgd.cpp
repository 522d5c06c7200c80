// SPDX-License-Identifier: BSD-3-Clause
#include "robust/apgd.hpp"

#include "robust/climb.hpp"

namespace espalier::robust {
namespace {

struct ApgdSettings : AttackSettings, Runs, Apgd {};

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
             const ApgdSettings& settings, const Seeds& seeds) {
  const Expectation eot = expectation(settings, classifier);
  return worst_of(classifier, clean, labels, eot, apgd_attempts(classifier, settings, settings, eot, seeds), false);
}

core::Cost cost(const ApgdSettings& s) {
  const double runs = number_of_runs(s);
  return steps_cost(runs * (s.steps + 1), 2 * runs);
}

}  // namespace

std::vector<Attempt> apgd_attempts(net::Classifier& classifier, const Runs& runs, const Apgd& how, Expectation expectation,
                                   const Seeds& seeds) {
  const Run run = [how, &seeds](Target& target, const Domain& domain, const net::Batch& part, std::uint64_t restart) {
    return apgd_run(target, domain, surface_start(domain, part.images, restart, seeds), how, restart);
  };
  return attempts_of(classifier, runs, expectation, run);
}

Perturbation apgd() {
  return attack(
      {.name = "apgd",
       .description = "auto-PGD [Croce & Hein 2020]: momentum, step lengths halved by a rule, no step length to tune",
       .settings = {climb_settings(), setting("steps", &Apgd::steps, {1, 1e5}, "steps", "number of steps of one run"),
                    setting("restarts", &Runs::restarts, {1, 1e4}, "1", "starts; the worst one counts"),
                    setting("rho", &Apgd::rho, {0, 1}, "1",
                            "steps are halved when the loss increased in at most this share of them"),
                    choice("style", &Apgd::art, {{"standard", false}, {"art", true}},
                           "art: first step 0.1 pixel values, checkpoints rounded up; that toolbox's default has 5 restarts "
                           "and loss ce")},
       .cost = cost,
       .least_classes = least_classes},
      act);
}

}  // namespace espalier::robust
