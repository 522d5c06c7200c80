// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <utility>

#include "robust/apgd.hpp"
#include "robust/climb.hpp"
#include "robust/step_control.hpp"

namespace espalier::robust {
namespace {

constexpr double kArtStep = 0.1;

void copy_columns(const net::Matrix& from, const std::vector<std::size_t>& which, net::Matrix& to) {
  if (which.size() == static_cast<std::size_t>(from.cols())) {
    to = from;
    return;
  }
  for (Eigen::Index d = 0; d < from.rows() && !which.empty(); ++d)
    for (const std::size_t b : which) to(d, static_cast<Eigen::Index>(b)) = from(d, static_cast<Eigen::Index>(b));
}

/// x + .75 (u - x) + .25 (x - x_before) with u the projected gradient step from x; all of u in the first step.
net::Matrix advance(const Domain& domain, const net::Matrix& X, const net::Matrix& X_before, const net::Matrix& G,
                    std::span<const float> length, bool first) {
  net::Matrix U = X;
  step_along(domain.ball().norm, G, length, U);
  domain.project(U);
  if (first) return U;
  U = X + 0.75f * (U - X) + 0.25f * (X - X_before);
  domain.project(U);
  return U;
}

/// The points an image may go back to, and the one to send.
struct Best {
  net::Matrix X, G;       ///< of largest loss
  net::Matrix fooling_X;  ///< last misclassified
  std::vector<std::uint8_t> fooled;

  void take_fooling(const net::Matrix& now, const Probe& probe) {
    std::vector<std::size_t> which;
    for (std::size_t b = 0; b < fooled.size(); ++b)
      if (probe.fooled[b]) which.push_back(b);
    for (const std::size_t b : which) fooled[b] = 1;
    copy_columns(now, which, fooling_X);
  }
};

Attacked finish(const StepControl& control, const Probe& start, const std::vector<float>& late, std::vector<std::uint32_t> alarms,
                Best best) {
  std::vector<std::size_t> fooling;
  for (std::size_t b = 0; b < alarms.size(); ++b) {
    if (best.fooled[b])
      fooling.push_back(b);
    else if (still_rising(start.loss[b], late[b], control.best()[b]))
      alarms[b] |= kStillRising;
  }
  copy_columns(best.fooling_X, fooling, best.X);
  return {std::move(best.X), std::move(alarms)};
}

}  // namespace

Attacked apgd_run(Target& target, const Domain& domain, net::Matrix X, const Apgd& how, std::uint64_t run) {
  const std::uint64_t draws = run * static_cast<std::uint64_t>(how.steps + 1);
  const Probe start = target.probe_and_differentiate(X, draws);
  net::Matrix G = target.gradient();
  const std::vector<std::uint32_t> alarms = zero_gradient(G);
  const double length = how.art ? kArtStep : 2 * domain.ball().eps;
  StepControl control(checkpoints(how.steps, how.art), how.rho, how.art, static_cast<float>(length), start.loss);
  Best best{X, G, X, std::vector<std::uint8_t>(start.loss.size(), 0)};
  best.take_fooling(X, start);
  net::Matrix X_before = X;
  std::vector<float> late = start.loss;
  for (int s = 1; s <= how.steps; ++s) {
    net::Matrix next = advance(domain, X, X_before, G, control.length(), s == 1);
    X_before = std::exchange(X, std::move(next));
    const Probe now = target.probe_and_differentiate(X, draws + static_cast<std::uint64_t>(s));
    G = target.gradient();
    best.take_fooling(X, now);
    const std::vector<std::size_t> better = control.improved(now.loss);
    copy_columns(X, better, best.X);
    copy_columns(G, better, best.G);
    const std::vector<std::size_t> back = control.halved(s);
    copy_columns(best.X, back, X);
    copy_columns(best.G, back, G);
    if (s == how.steps - how.steps / 10) late.assign(control.best().begin(), control.best().end());
  }
  return finish(control, start, late, alarms, std::move(best));
}

}  // namespace espalier::robust
