// SPDX-License-Identifier: BSD-3-Clause
#include "robust/climb.hpp"
#include "robust/kinds.hpp"
#include "robust/parameters.hpp"
#include "robust/runs.hpp"

namespace espalier::robust {
namespace {

constexpr double kArtStep = 0.1;  // absolute, also where it exceeds eps
constexpr int kArtSteps = 100;

bool is_art(const core::Settings& settings) { return settings.text("style") == "art"; }

/// Step length in pixel values: 2.5 eps / steps reaches the ball's border from any start [Madry et al. 2018].
double step_length(const core::Settings& settings, double eps, int steps) {
  return eps * (settings.has("step") ? settings.number("step") : 2.5 / steps);
}

Climb plan(const core::Settings& settings) {
  if (is_art(settings)) return {.steps = kArtSteps, .step = kArtStep};
  const int steps = settings.integer("steps");
  return {.steps = steps, .step = step_length(settings, settings.number("level"), steps), .decay = settings.number("decay")};
}

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
             const core::Settings& settings, const Seeds& seeds) {
  const Expectation eot = expectation(settings, classifier);
  const bool random_start = !is_art(settings) && settings.flag("random_start");
  const Run run = [&](Target& target, const Domain& domain, const net::Batch& part, std::uint64_t restart) {
    Climb how = plan(settings);
    how.restart = restart;
    return climb(target, domain, random_start ? uniform_start(domain, part.images, restart, seeds) : part.X, how);
  };
  return worst_of(classifier, clean, labels, eot, attempts_of(classifier, read_runs(settings), eot, run), false);
}

core::Cost cost(const core::Settings& s) { return is_art(s) ? steps_cost(kArtSteps, 1) : climb_cost(s); }

/// Used only by our own style; the other one is fixed.
core::Parameter standard(core::Parameter parameter) {
  parameter.active_if = {"style", {"standard"}};
  return parameter;
}

std::vector<core::Parameter> parameters() {
  core::Parameter step = number("step", 0, 100, 0, "eps", "length of one step, as a share of eps; absent: 2.5 / steps");
  step.default_value.clear();
  step.optional = true;
  std::vector<core::Parameter> all{
      eps_parameter(), choice("style", {"standard", "art"},
                              "art: linf, cross-entropy, 100 steps of 0.1 pixel values whatever eps, from the clean image")};
  for (core::Parameter& own : loss_parameters()) all.push_back(own.name == "loss" ? standard(std::move(own)) : std::move(own));
  for (core::Parameter& own : std::vector{norm_parameter(), integer("steps", 1, 1e5, 40, "steps", "number of steps"), step,
                                          number("decay", 0, 10, 0, "1", "momentum: what is kept of it in each step; 0: none"),
                                          flag("random_start", true, "start uniform in the ball, else the clean image"),
                                          integer("restarts", 1, 1e4, 1, "1", "starts; the worst one counts")})
    all.push_back(standard(std::move(own)));
  return all;
}

}  // namespace

Perturbation pgd() {
  core::Kind kind{.name = "pgd",
                  .family = "attack",
                  .description = "projected gradient descent [Madry et al. 2018] from a uniform start in the ball",
                  .parameters = parameters(),
                  .cost = cost,
                  .least_classes = least_classes};
  return attack(std::move(kind), act);
}

}  // namespace espalier::robust
