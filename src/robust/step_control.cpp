// SPDX-License-Identifier: BSD-3-Clause
#include "robust/step_control.hpp"

#include <algorithm>
#include <cmath>

namespace espalier::robust {

std::vector<int> checkpoints(int steps, bool rounded_up) {
  std::vector<int> out;
  if (rounded_up) {
    double before = 0, now = 0.22;
    while (now < 1) {
      out.push_back(static_cast<int>(std::ceil(now * steps)));
      const double gap = std::max(now - before - 0.03, 0.06);
      before = now;
      now += gap;
    }
    return out;
  }
  const auto part = [&](double share) { return std::max(static_cast<int>(share * steps), 1); };
  int interval = part(0.22);
  for (int at = interval; at <= steps; at += interval) {
    out.push_back(at);
    interval = std::max(interval - part(0.03), part(0.06));
  }
  return out;
}

StepControl::StepControl(std::vector<int> checkpoints, double rho, bool strict, float length, std::span<const float> start_loss)
    : checkpoints_(std::move(checkpoints)),
      rho_(rho),
      strict_(strict),
      length_(start_loss.size(), length),
      loss_(start_loss.begin(), start_loss.end()),
      best_(loss_),
      best_at_checkpoint_(loss_),
      rises_(loss_.size(), 0),
      was_halved_(loss_.size(), 1) {}  // no second reason to halve at the first checkpoint

std::vector<std::size_t> StepControl::improved(std::span<const float> loss) {
  std::vector<std::size_t> out;
  for (std::size_t b = 0; b < loss.size(); ++b) {
    rises_[b] += loss[b] > loss_[b];
    loss_[b] = loss[b];
    if (!(loss[b] > best_[b])) continue;
    best_[b] = loss[b];
    out.push_back(b);
  }
  return out;
}

bool StepControl::has_stalled(std::size_t image, int since) const {
  const double enough = rho_ * since;
  const bool oscillates = strict_ ? rises_[image] < enough : rises_[image] <= enough;
  return oscillates || (!was_halved_[image] && best_at_checkpoint_[image] >= best_[image]);
}

std::vector<std::size_t> StepControl::halved(int step) {
  std::vector<std::size_t> out;
  if (next_ == checkpoints_.size() || checkpoints_[next_] != step) return out;
  for (std::size_t b = 0; b < length_.size(); ++b) {
    was_halved_[b] = has_stalled(b, step - last_);
    best_at_checkpoint_[b] = best_[b];
    rises_[b] = 0;
    if (!was_halved_[b]) continue;
    length_[b] /= 2;
    out.push_back(b);
  }
  last_ = step;
  ++next_;
  return out;
}

}  // namespace espalier::robust
