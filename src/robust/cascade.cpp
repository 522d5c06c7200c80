// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "robust/apgd.hpp"
#include "robust/climb.hpp"
#include "robust/deepfool.hpp"
#include "robust/kinds.hpp"
#include "robust/parameters.hpp"
#include "robust/square.hpp"

namespace espalier::robust {
namespace {

/// Found changes longer than eps do not count: DeepFool knows no ball.
Attacked within_ball(const Domain& domain, Attacked found) {
  domain.project(found.X);
  return found;
}

Attempt deepfool_attempt(net::Classifier& classifier, const Ball& ball, Expectation eot) {
  return [&classifier, ball, eot](const net::Batch& part, std::span<const std::uint8_t> labels) {
    return within_ball(Domain(ball, part.X), deepfool_run(classifier, part, labels, {}, eot));
  };
}

Attempt square_attempt(net::Classifier& classifier, ImageShape shape, const Square& how, Expectation eot, const Seeds& seeds) {
  return [&classifier, &seeds, shape, how, eot](const net::Batch& part, std::span<const std::uint8_t> labels) {
    return square_search(classifier, part, labels, shape, how, eot, seeds);
  };
}

/// Momentum steps along the margin of the mean logits, the strongest attack on noisy networks. On 200 images 30 to 120 steps
/// differ by at most half a point, and 10 to 40 draws by at most 1.5 points.
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

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape shape,
             const core::Settings& settings, const Seeds& seeds) {
  const Expectation eot = expectation(settings, classifier);
  const Apgd how{.steps = settings.integer("steps")};
  Runs runs{.ball = ball(settings), .restarts = settings.integer("restarts")};
  std::vector<Attempt> attempts = margin_attempts(classifier, runs, eot, seeds);
  append(apgd_attempts(classifier, runs, how, eot, seeds), attempts);
  runs.loss = Loss::dlr;
  if (classifier.classes() >= 3) append(apgd_attempts(classifier, runs, how, eot, seeds), attempts);
  runs.loss = Loss::targeted_dlr;
  if (classifier.classes() >= 4) append(apgd_attempts(classifier, runs, how, eot, seeds), attempts);
  attempts.push_back(deepfool_attempt(classifier, runs.ball, eot));
  const std::size_t black_box = attempts.size();
  if (runs.ball.norm == Norm::linf) {
    const Square square{.eps = runs.ball.eps, .queries = settings.integer("queries")};
    attempts.push_back(square_attempt(classifier, shape, square, eot, seeds));
  }
  return worst_of(classifier, clean, labels, eot, attempts, true, black_box);
}

core::Cost cost(const core::Settings& s) {
  const double runs = 11 * s.number("restarts");  // cross-entropy, dlr and nine targets; DeepFool's 50 steps of ten classes
  const double queries = s.has("norm") && s.text("norm") == "l2" ? 0 : s.number("queries");
  return steps_cost(runs * (s.number("steps") + 1) + 60 * s.number("restarts") + 500, queries + 2 * runs + 100);
}

}  // namespace

Perturbation cascade() {
  core::Kind kind{
      .name = "cascade",
      .family = "attack",
      .description =
          "momentum along the margin, apgd with scaled-ce, dlr and targeted-dlr, deepfool, and square (linf), each on the images "
          "that still stand; "
          "the cost is that of images that withstand all",
      .parameters = {eps_parameter(), norm_parameter(), integer("steps", 1, 1e5, 100, "steps", "steps of an apgd run"),
                     integer("restarts", 1, 1e4, 1, "1", "starts of each apgd run"),
                     integer("queries", 1, 1e6, 5000, "queries", "of square")},
      .cost = cost};
  return attack(std::move(kind), act, 1000);
}

}  // namespace espalier::robust
