// SPDX-License-Identifier: BSD-3-Clause
#include "robust/fab.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "robust/box_projection.hpp"
#include "robust/climb.hpp"
#include "robust/columns.hpp"
#include "robust/runs.hpp"

namespace espalier::robust {
namespace {

using Row = std::span<const float>;

Row row(const net::Matrix& images, std::size_t b) {
  return {images.row(static_cast<Eigen::Index>(b)).data(), static_cast<std::size_t>(images.cols())};
}

double length_of(Norm norm, std::span<const double> d) {
  double sum = 0, largest = 0;
  for (const double x : d) {
    sum += x * x;
    largest = std::max(largest, std::abs(x));
  }
  return norm == Norm::l2 ? std::sqrt(sum) : largest;
}

/// One step of an image `x` whose targeted margin is `margin` with gradient `w`; `x` becomes the next image.
void step(const Fab& how, Row clean, Row w, double margin, std::span<float> x) {
  double moved = 0;  // w . (x - clean)
  for (std::size_t i = 0; i < x.size(); ++i)
    moved += static_cast<double>(w[i]) * (static_cast<double>(x[i]) - static_cast<double>(clean[i]));
  const std::vector<double> onwards = shortest_change(how.norm, x, w, -margin);
  const std::vector<double> from_clean = shortest_change(how.norm, clean, w, moved - margin);
  constexpr double least = 1e-8;  // of the published code: no division by 0
  const double first = std::max(length_of(how.norm, onwards), least), second = std::max(length_of(how.norm, from_clean), least);
  const double alpha = std::min(first / (first + second), how.alpha_max);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double near = static_cast<double>(x[i]) + how.eta * onwards[i];
    const double fresh = static_cast<double>(clean[i]) + how.eta * from_clean[i];
    x[i] = static_cast<float>(std::clamp((1 - alpha) * near + alpha * fresh, 0.0, 1.0));
  }
}

/// The shortest change of each image so far.
struct Shortest {
  Attacked found;
  std::vector<double> length;

  std::vector<std::size_t> longer_than(double enough) const {
    std::vector<std::size_t> out;
    for (std::size_t b = 0; b < length.size(); ++b)
      if (length[b] > enough) out.push_back(b);
    return out;
  }
};

Shortest untouched(const net::Batch& clean, const Probe& start) {
  Shortest out{{clean.X, std::vector<std::uint32_t>(clean.images.size(), 0)}, {}};
  for (const std::uint8_t fooled : start.fooled) out.length.push_back(fooled ? 0 : std::numeric_limits<double>::infinity());
  return out;
}

std::vector<std::uint32_t> scattered(const std::vector<std::uint32_t>& values, const std::vector<std::size_t>& which,
                                     std::vector<std::uint32_t> all) {
  for (std::size_t i = 0; i < which.size(); ++i) all[which[i]] = values[i];
  return all;
}

/// Takes the misclassified images that are nearer to their clean ones than before, and moves the misclassified back.
void take_shorter(const Fab& how, const net::Batch& part, const Probe& now, const std::vector<std::size_t>& which,
                  net::Matrix& images, Shortest& best) {
  const net::Matrix X = images.transpose();
  const net::Matrix D = X - part.X;
  const std::vector<double> length = norms(how.norm, D);
  for (std::size_t i = 0; i < which.size(); ++i) {
    const auto from = static_cast<Eigen::Index>(i), to = static_cast<Eigen::Index>(which[i]);
    if (!now.fooled[i]) continue;
    if (length[i] < best.length[which[i]]) {
      best.length[which[i]] = length[i];
      best.found.X.col(to) = X.col(from);
    }
    images.row(from) -= static_cast<float>(1 - how.beta) * D.col(from).transpose();
  }
}

/// The search for one target of images `which`; image-major (B x D), since single images are changed.
void search(Target& target, const net::Batch& part, const Fab& how, const std::vector<std::size_t>& which, bool first,
            Shortest& best) {
  const net::Matrix clean = part.X.transpose();
  net::Matrix images = clean;
  for (int s = 0; s < how.steps; ++s) {
    const Probe at = target.probe_and_differentiate(images.transpose(), static_cast<std::uint64_t>(s));
    const net::Matrix W = target.gradient().transpose();
    if (first && s == 0) best.found.alarms = scattered(zero_gradient(target.gradient()), which, best.found.alarms);
    for (std::size_t b = 0; b < which.size(); ++b) {
      float* x = images.row(static_cast<Eigen::Index>(b)).data();
      step(how, row(clean, b), row(W, b), static_cast<double>(at.loss[b]), {x, static_cast<std::size_t>(images.cols())});
    }
    take_shorter(how, part, target.probe(images.transpose()), which, images, best);
  }
}

struct FabSettings : AttackSettings, LongestChange, Fab {};

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
             const FabSettings& settings, const Seeds&) {
  Attacked out = fab_run(classifier, clean, labels, settings, expectation(settings, classifier));
  if (settings.level) drop_long(settings.norm, clean.X, *settings.level, out.X);
  return out;
}

}  // namespace

Attacked fab_run(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, const Fab& how,
                 Expectation expectation) {
  Target all(classifier, Loss::margin, clean.images, labels, expectation);
  const net::Matrix Z = all.logits(clean.X);
  Shortest best = untouched(clean, all.probe(clean.X));
  const int targets = std::min(how.targets, static_cast<int>(classifier.classes()) - 1);
  for (int rank = 1; rank <= targets; ++rank) {
    const std::vector<std::size_t> which = best.longer_than(how.enough);
    if (which.empty()) break;
    const net::Batch part = columns(clean, which);
    const std::vector<std::uint8_t> part_labels = chosen(labels, which);
    Target target(classifier, Loss::difference, part.images, part_labels, expectation);
    target.aim(ranked_targets(columns(Z, which), part_labels, rank));
    search(target, part, how, which, rank == 1, best);
  }
  return std::move(best.found);
}

Perturbation fab() {
  return attack(
      {.name = "fab",
       .description = "fast adaptive boundary attack [Croce & Hein 2020], one class after another; seeks the least change",
       .settings = {longest_setting(), norm_setting<Fab>(),
                    setting("steps", &Fab::steps, {1, 1e5}, "steps", "steps towards each class"),
                    setting("targets", &Fab::targets, {1, 255}, "classes",
                            "classes aimed at, from the second largest clean logit on")},
       .cost =
           [](const FabSettings& s) {
             const double steps = double{1} * s.steps * s.targets;
             return steps_cost(steps, steps);
           }},
      act, Search::least_change);
}

}  // namespace espalier::robust
