// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "robust/apgd.hpp"
#include "robust/climb.hpp"
#include "robust/deepfool.hpp"
#include "robust/fab.hpp"
#include "robust/square.hpp"

namespace espalier::robust {
namespace {

/// Found changes longer than eps do not count: these attacks know no ball.
Attempt within_ball(const Ball& ball, Attempt attempt) {
  return [ball, attempt = std::move(attempt)](const net::Batch& part, std::span<const std::uint8_t> labels) {
    Attacked found = attempt(part, labels);
    Domain(ball, part.X).project(found.X);
    return found;
  };
}

Attempt deepfool_attempt(net::Classifier& classifier, Expectation eot) {
  return [&classifier, eot](const net::Batch& part, std::span<const std::uint8_t> labels) {
    return deepfool_run(classifier, part, labels, {}, eot);
  };
}

Attempt fab_attempt(net::Classifier& classifier, const Ball& ball, int steps, Expectation eot) {
  const Fab how{.norm = ball.norm, .steps = steps, .enough = ball.eps};
  return [&classifier, how, eot](const net::Batch& part, std::span<const std::uint8_t> labels) {
    return fab_run(classifier, part, labels, how, eot);
  };
}

Attempt square_attempt(net::Classifier& classifier, ImageShape shape, const Square& how, Expectation eot, const Seeds& seeds) {
  return [&classifier, &seeds, shape, how, eot](const net::Batch& part, std::span<const std::uint8_t> labels) {
    return square_search(classifier, part, labels, shape, how, eot, seeds);
  };
}

/// Momentum steps along the margin of the mean logits, the strongest attack on noisy networks. On networks of study 2 (500
/// images) 30 to 120 steps and 10 to 80 draws differ by at most a point, half a point in the mean (experiments/study2.md).
std::vector<Attempt> margin_attempts(net::Classifier& classifier, Runs runs, Expectation eot, const Seeds& seeds) {
  constexpr int steps = 60;
  runs.loss = Loss::margin;
  if (classifier.stochastic()) eot = {std::max<std::uint64_t>(eot.draws, 20), true};
  const Run run = [&seeds](Target& target, const Domain& domain, const net::Batch& part, std::uint64_t restart) {
    const Climb how{.steps = steps, .step = domain.ball().eps * 2.5 / steps, .decay = 0.75, .restart = restart};
    return climb(target, domain, uniform_start(domain, part.images, restart, seeds), how);
  };
  return attempts_of(classifier, runs, eot, run);
}

void append(std::vector<Attempt> more, std::vector<Attempt>& attempts) {
  for (Attempt& attempt : more) attempts.push_back(std::move(attempt));
}

struct CascadeSettings : AttackSettings, Runs {
  int steps = 100, queries = 5000;
};

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape shape,
             const CascadeSettings& settings, const Seeds& seeds) {
  const Expectation eot = expectation(settings, classifier);
  const Apgd how{.steps = settings.steps};
  Runs runs = settings;
  std::vector<Attempt> attempts = margin_attempts(classifier, runs, eot, seeds);
  append(apgd_attempts(classifier, runs, how, eot, seeds), attempts);
  runs.loss = Loss::dlr;
  if (classifier.classes() >= 3) append(apgd_attempts(classifier, runs, how, eot, seeds), attempts);
  runs.loss = Loss::targeted_dlr;
  if (classifier.classes() >= 4) append(apgd_attempts(classifier, runs, how, eot, seeds), attempts);
  attempts.push_back(within_ball(runs, deepfool_attempt(classifier, eot)));
  attempts.push_back(within_ball(runs, fab_attempt(classifier, runs, how.steps, eot)));
  const std::size_t black_box = attempts.size();
  attempts.push_back(square_attempt(classifier, shape, {runs, settings.queries}, eot, seeds));
  return worst_of(classifier, clean, labels, eot, attempts, true, black_box);
}

core::Cost cost(const CascadeSettings& s) {
  const double runs = 11.0 * s.restarts;             // cross-entropy, dlr and nine targets
  const double fab = 9.0 * s.steps, deepfool = 500;  // nine targets; 50 steps of ten classes
  return steps_cost(runs * (s.steps + 1) + 60.0 * s.restarts + deepfool + fab, s.queries + 2 * runs + 100 + fab);
}

}  // namespace

Perturbation cascade() {
  return attack(
      {.name = "cascade",
       .description =
           "momentum along the margin, apgd with scaled-ce, dlr and targeted-dlr, deepfool, fab and square, each on the "
           "images that still stand; the cost is that of images that withstand all",
       .settings = {eps_setting<Ball>(), norm_setting<Ball>(),
                    setting("steps", &CascadeSettings::steps, {1, 1e5}, "steps", "steps of a run of apgd and fab"),
                    setting("restarts", &Runs::restarts, {1, 1e4}, "1", "starts of each apgd run"),
                    setting("queries", &CascadeSettings::queries, {1, 1e6}, "queries", "of square")},
       .cost = cost},
      act, Search::several, images_setting().usually(1000.0));
}

}  // namespace espalier::robust
