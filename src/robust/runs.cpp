// SPDX-License-Identifier: BSD-3-Clause
#include "robust/runs.hpp"

#include <algorithm>
#include <utility>

#include "robust/climb.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {
namespace {

const std::vector<std::pair<std::string, Loss>>& losses() {
  static const std::vector<std::pair<std::string, Loss>> all{
      {"scaled-ce", Loss::scaled_cross_entropy}, {"ce", Loss::cross_entropy}, {"margin", Loss::margin},
      {"targeted-margin", Loss::difference},     {"dlr", Loss::dlr},          {"targeted-dlr", Loss::targeted_dlr}};
  return all;
}

Loss read_loss(const core::Settings& settings) {
  if (!settings.has("loss")) return Loss::cross_entropy;
  return std::ranges::find(losses(), settings.text("loss"), &std::pair<std::string, Loss>::first)->second;
}

}  // namespace

std::vector<std::uint8_t> ranked_targets(const net::Matrix& Z, std::span<const std::uint8_t> labels, int rank) {
  std::vector<std::uint8_t> out(labels.size());
  for (std::size_t b = 0; b < labels.size(); ++b) {
    std::vector<std::uint8_t> order = ranking(Z, static_cast<Eigen::Index>(b));
    std::erase(order, labels[b]);
    out[b] = order[static_cast<std::size_t>(rank - 1)];
  }
  return out;
}

std::vector<Attempt> attempts_of(net::Classifier& classifier, const Runs& runs, Expectation expectation, const Run& run) {
  const bool targeted = is_targeted(runs.loss);
  const int ranks = targeted ? std::min(runs.targets, static_cast<int>(classifier.classes()) - 1) : 1;
  std::vector<Attempt> out;
  for (int rank = 1; rank <= ranks; ++rank)
    for (int r = 0; r < runs.restarts; ++r)
      out.push_back([=, &classifier](const net::Batch& part, std::span<const std::uint8_t> labels) {
        const Domain domain(runs.ball, part.X);
        Target target(classifier, runs.loss, part.images, labels, expectation);
        target.scale_by(part.X);
        if (targeted) target.aim(ranked_targets(target.logits(part.X), labels, rank));
        return run(target, domain, part, static_cast<std::uint64_t>(r));
      });
  return out;
}

std::vector<core::Parameter> loss_parameters() {
  std::vector<std::string> names;
  for (const auto& [name, loss] : losses()) names.push_back(name);
  core::Parameter targets = integer("targets", 1, 255, 9, "classes", "classes aimed at, from the second largest clean logit on");
  targets.active_if = {"loss", {"targeted-margin", "targeted-dlr"}};
  return {choice("loss", names,
                 "scaled-ce: cross-entropy of logits brought to one scale; ce: of the logits as they are; margin: largest other "
                 "logit less the label's; dlr: difference of logits ratio; targeted-...: at one class after another"),
          targets};
}

Runs read_runs(const core::Settings& settings) {
  Runs runs{.ball = ball(settings), .loss = read_loss(settings)};
  if (settings.has("restarts")) runs.restarts = settings.integer("restarts");
  if (settings.has("targets")) runs.targets = settings.integer("targets");
  return runs;
}

double number_of_runs(const core::Settings& settings) {
  const double targets = is_targeted(read_loss(settings)) ? settings.number("targets") : 1;
  return settings.has("restarts") ? targets * settings.number("restarts") : targets;
}

int least_classes(const core::Settings& settings) {
  const Loss loss = read_loss(settings);
  return loss == Loss::dlr ? 3 : loss == Loss::targeted_dlr ? 4 : 1;
}

}  // namespace espalier::robust
