// SPDX-License-Identifier: BSD-3-Clause
#include "robust/apgd.hpp"

#include "robust/climb.hpp"
#include "robust/kinds.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {
namespace {

Apgd read(const core::Settings& s) {
  return {.steps = s.integer("steps"), .rho = s.number("rho"), .art = s.text("style") == "art"};
}

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
             const core::Settings& settings, const Seeds& seeds) {
  const Expectation eot = expectation(settings, classifier);
  const std::vector<Attempt> attempts = apgd_attempts(classifier, read_runs(settings), read(settings), eot, seeds);
  return worst_of(classifier, clean, labels, eot, attempts, false);
}

core::Cost cost(const core::Settings& s) {
  const double runs = number_of_runs(s);
  return steps_cost(runs * (s.number("steps") + 1), 2 * runs);
}

std::vector<core::Parameter> parameters() {
  return climb_parameters(
      {integer("steps", 1, 1e5, 100, "steps", "number of steps of one run"),
       integer("restarts", 1, 1e4, 1, "1", "starts; the worst one counts"),
       number("rho", 0, 1, 0.75, "1", "steps are halved when the loss increased in at most this share of them"),
       choice("style", {"standard", "art"},
              "art: first step 0.1 pixel values, checkpoints rounded up; that toolbox's default has 5 restarts and loss ce")});
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
  core::Kind kind{.name = "apgd",
                  .family = "attack",
                  .description = "auto-PGD [Croce & Hein 2020]: momentum, step lengths halved by a rule, no step length to tune",
                  .parameters = parameters(),
                  .cost = cost,
                  .least_classes = least_classes};
  return attack(std::move(kind), act);
}

}  // namespace espalier::robust
