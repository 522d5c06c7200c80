// SPDX-License-Identifier: BSD-3-Clause
#include "robust/climb.hpp"

#include <algorithm>

namespace espalier::robust {
namespace {

/// m <- decay m + g / |g|_1; a zero gradient adds nothing.
void accumulate(const net::Matrix& G, double decay, net::Matrix& M) {
  if (M.size() == 0) M = net::Matrix::Zero(G.rows(), G.cols());
  std::vector<float> factor(static_cast<std::size_t>(G.cols()));
  std::ranges::transform(l1_norms(G), factor.begin(), [](double norm) { return norm > 0 ? static_cast<float>(1 / norm) : 0.0f; });
  net::Matrix scaled = G;
  scale(scaled, factor);
  M = static_cast<float>(decay) * M + scaled;
}

void mark_rising(const Probe& start, const Probe& late, const Probe& end, std::vector<std::uint32_t>& alarms) {
  for (std::size_t b = 0; b < alarms.size(); ++b)
    if (!end.fooled[b] && still_rising(start.loss[b], late.loss[b], end.loss[b])) alarms[b] |= kStillRising;
}

}  // namespace

std::vector<std::uint32_t> zero_gradient(const net::Matrix& G) {
  const std::vector<double> largest = linf_norms(G);
  std::vector<std::uint32_t> alarms(largest.size());
  std::ranges::transform(largest, alarms.begin(), [](double g) { return g == 0 ? kGradientZero : 0u; });
  return alarms;
}

bool still_rising(float start, float late, float end) { return end > start && end - late > 0.05f * (end - start); }

Attacked climb(Target& target, const Domain& domain, net::Matrix X, const Climb& how) {
  const std::vector<float> length(target.images(), static_cast<float>(how.step));
  const std::uint64_t first = how.restart * static_cast<std::uint64_t>(how.steps);
  const bool watch = how.steps >= 10;
  const int late_step = how.steps - how.steps / 10;
  Attacked out;
  net::Matrix M;
  Probe start, late;
  for (int s = 0; s < how.steps; ++s) {
    const std::uint64_t draw = first + static_cast<std::uint64_t>(s);
    if (watch && (s == 0 || s == late_step))
      (s == 0 ? start : late) = target.probe_and_differentiate(X, draw);
    else
      target.gradient(X, draw);
    if (s == 0) out.alarms = zero_gradient(target.gradient());
    if (how.decay > 0) accumulate(target.gradient(), how.decay, M);
    step_along(domain.ball().norm, how.decay > 0 ? M : target.gradient(), length, X);
    domain.project(X);
  }
  if (watch) mark_rising(start, late, target.probe(X), out.alarms);
  out.X = std::move(X);
  return out;
}

Attacked climb_from_clean(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels,
                          const ClimbSettings& settings, const Climb& how) {
  const Expectation eot = expectation(settings, classifier);
  const Run run = [&](Target& target, const Domain& domain, const net::Batch& part, std::uint64_t) {
    return climb(target, domain, part.X, how);
  };
  return worst_of(classifier, clean, labels, eot, attempts_of(classifier, settings, eot, run), false);
}

core::Binding<Runs> climb_settings() { return {eps_setting<Ball>(), norm_setting<Ball>(), loss_setting(), targets_setting()}; }

core::Cost climb_cost(int steps, const Runs& runs) {
  const double all = number_of_runs(runs);
  return steps_cost(steps * all, 2 * all);
}

}  // namespace espalier::robust
