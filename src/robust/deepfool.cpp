// SPDX-License-Identifier: BSD-3-Clause
#include "robust/deepfool.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "robust/climb.hpp"

namespace espalier::robust {
namespace {

/// Added to the distance of a border, as in the authors' code: a step that ends on the border, or that the clipping cuts off just
/// before it, would leave the label the largest logit for good.
constexpr double kBeyond = 1e-4;

/// The nearest border of each image so far: |f| / |w|, and f and w of it.
struct Nearest {
  std::vector<double> distance, ratio;  ///< ratio: (|f| / |w| + kBeyond) / |w|
  net::Matrix W;                        ///< d (z_k - z_y) / d X of the nearest class
};

Nearest nearest_borders(Target& target, const net::Matrix& X, std::span<const std::uint8_t> labels) {
  const net::Matrix Z = target.logits(X);
  const std::size_t B = labels.size();
  Nearest best{std::vector<double>(B, std::numeric_limits<double>::infinity()), std::vector<double>(B, 0),
               net::Matrix::Zero(X.rows(), X.cols())};
  for (Eigen::Index k = 0; k < Z.rows(); ++k) {
    target.aim(std::vector<std::uint8_t>(B, static_cast<std::uint8_t>(k)));
    const net::Matrix& W = target.common_gradient(X);
    const std::vector<double> norms = l2_norms(W);
    for (std::size_t b = 0; b < B; ++b) {
      const auto column = static_cast<Eigen::Index>(b);
      if (k == labels[b] || norms[b] == 0) continue;
      const double f = std::abs(static_cast<double>(Z(k, column)) - static_cast<double>(Z(labels[b], column)));
      if (f / norms[b] >= best.distance[b]) continue;
      best.distance[b] = f / norms[b];
      best.ratio[b] = (f / norms[b] + kBeyond) / norms[b];
      best.W.col(column) = W.col(column);
    }
  }
  return best;
}

bool any_standing(const Probe& probe) { return std::ranges::count(probe.fooled, 0) > 0; }

struct DeepFoolSettings : AttackSettings, LongestChange, DeepFool {};

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
             const DeepFoolSettings& settings, const Seeds&) {
  Attacked out = deepfool_run(classifier, clean, labels, settings, expectation(settings, classifier));
  if (settings.level) drop_long(Norm::l2, clean.X, *settings.level, out.X);
  return out;
}

}  // namespace

Attacked deepfool_run(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels,
                      const DeepFool& how, Expectation expectation) {
  Target target(classifier, Loss::difference, clean.images, labels, expectation);
  target.aim({labels.begin(), labels.end()});
  Attacked out{clean.X, std::vector<std::uint32_t>(labels.size(), 0)};
  net::Matrix R = net::Matrix::Zero(clean.X.rows(), clean.X.cols());
  Probe probe = target.probe(clean.X);
  for (int s = 0; s < how.steps && any_standing(probe); ++s) {
    const Nearest to = nearest_borders(target, out.X, labels);
    std::vector<float> step(labels.size(), 0);
    for (std::size_t b = 0; b < step.size(); ++b) {
      if (!probe.fooled[b]) step[b] = static_cast<float>(to.ratio[b]);
      if (s == 0 && !probe.fooled[b] && to.ratio[b] == 0) out.alarms[b] = kGradientZero;
    }
    net::Matrix change = to.W;
    scale(change, step);
    R += change;
    out.X = (clean.X + static_cast<float>(1 + how.overshoot) * R).cwiseMax(0.0f).cwiseMin(1.0f);
    probe = target.probe(out.X);
  }
  return out;
}

Perturbation deepfool() {
  return attack(
      {.name = "deepfool",
       .description = "DeepFool, l2 [Moosavi-Dezfooli et al. 2016]: steps to the nearest linearised border; seeks the "
                      "least change",
       .settings = {longest_setting(), setting("steps", &DeepFool::steps, {1, 1e5}, "steps", "largest number of steps"),
                    setting("overshoot", &DeepFool::overshoot, {0, 1}, "1", "share by which the sum of the steps is exceeded")},
       .cost = [](const DeepFoolSettings& s) { return steps_cost(10.0 * s.steps, 2.0 * s.steps); }},
      act, Search::least_change);
}

}  // namespace espalier::robust
