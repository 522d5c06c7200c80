// SPDX-License-Identifier: BSD-3-Clause
#include "robust/climb.hpp"

namespace espalier::robust {
namespace {

constexpr double kArtStep = 0.1;  // absolute, also where it exceeds eps
constexpr int kArtSteps = 100;

struct PgdSettings : ClimbSettings {
  bool art = false;
  int steps = 40;
  std::optional<double> step{};  ///< of eps
  double decay = 0;
  bool random_start = true;
};

/// Steps of 2.5 eps / steps reach the ball's border from any start [Madry et al. 2018].
Climb plan(const PgdSettings& s) {
  if (s.art) return {.steps = kArtSteps, .step = kArtStep};
  return {.steps = s.steps, .step = s.eps * s.step.value_or(2.5 / s.steps), .decay = s.decay};
}

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
             const PgdSettings& settings, const Seeds& seeds) {
  const Expectation eot = expectation(settings, classifier);
  const bool random_start = !settings.art && settings.random_start;
  const Run run = [&](Target& target, const Domain& domain, const net::Batch& part, std::uint64_t restart) {
    Climb how = plan(settings);
    how.restart = restart;
    return climb(target, domain, random_start ? uniform_start(domain, part.images, restart, seeds) : part.X, how);
  };
  return worst_of(classifier, clean, labels, eot, attempts_of(classifier, settings, eot, run), false);
}

/// Used only by our own style; the other one is fixed.
template <typename S>
core::Setting<S> standard(core::Setting<S> setting) {
  return setting.only_if("style", {"standard"});
}

}  // namespace

net::Matrix pgd_inputs(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels,
                       const TrainingAttack& how, const Seeds& seeds) {
  PgdSettings settings;
  settings.eps = how.eps;
  settings.loss = Loss::cross_entropy;
  settings.steps = how.steps;
  settings.step = how.step;
  return act(classifier, clean, labels, {}, settings, seeds).X;
}

Perturbation pgd() {
  return attack(
      {.name = "pgd",
       .description = "projected gradient descent [Madry et al. 2018] from a uniform start in the ball",
       .settings = {eps_setting<Ball>(),
                    choice("style", &PgdSettings::art, {{"standard", false}, {"art", true}},
                           "art: linf, cross-entropy, 100 steps of 0.1 pixel values whatever eps, from the clean image"),
                    standard(loss_setting()).where_absent("ce"), targets_setting(), standard(norm_setting<Ball>()),
                    standard(setting("steps", &PgdSettings::steps, {1, 1e5}, "steps", "number of steps")),
                    standard(setting("step", &PgdSettings::step, {0, 100}, "eps",
                                     "length of one step, as a share of eps; absent: 2.5 / steps")),
                    standard(setting("decay", &PgdSettings::decay, {0, 10}, "1",
                                     "momentum: what is kept of it in each step; 0: none")),
                    standard(flag("random_start", &PgdSettings::random_start, "start uniform in the ball, else the clean image")),
                    standard(setting("restarts", &Runs::restarts, {1, 1e4}, "1", "starts; the worst one counts"))},
       .cost = [](const PgdSettings& s) { return s.art ? steps_cost(kArtSteps, 1) : climb_cost(s.steps, s); },
       .least_classes = least_classes},
      act);
}

}  // namespace espalier::robust
