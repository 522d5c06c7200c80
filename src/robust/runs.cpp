// SPDX-License-Identifier: BSD-3-Clause
#include "robust/runs.hpp"

#include <algorithm>
#include <utility>

namespace espalier::robust {

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
        const Domain domain(runs, part.X);
        Target target(classifier, runs.loss, part.images, labels, expectation);
        target.scale_by(part.X);
        if (targeted) target.aim(ranked_targets(target.logits(part.X), labels, rank));
        return run(target, domain, part, static_cast<std::uint64_t>(r));
      });
  return out;
}

core::Setting<Runs> loss_setting() {
  const core::Words<Loss> losses{
      {"scaled-ce", Loss::scaled_cross_entropy}, {"ce", Loss::cross_entropy}, {"margin", Loss::margin},
      {"targeted-margin", Loss::difference},     {"dlr", Loss::dlr},          {"targeted-dlr", Loss::targeted_dlr}};
  return choice("loss", &Runs::loss, losses,
                "scaled-ce: cross-entropy of logits brought to one scale; ce: of the logits as they are; margin: largest other "
                "logit less the label's; dlr: difference of logits ratio; targeted-...: at one class after another");
}

core::Setting<Runs> targets_setting() {
  return setting("targets", &Runs::targets, {1, 255}, "classes", "classes aimed at, from the second largest clean logit on")
      .only_if("loss", {"targeted-margin", "targeted-dlr"});
}

double number_of_runs(const Runs& runs) { return double{1} * (is_targeted(runs.loss) ? runs.targets : 1) * runs.restarts; }

int least_classes(const Runs& runs) { return runs.loss == Loss::dlr ? 3 : runs.loss == Loss::targeted_dlr ? 4 : 1; }

}  // namespace espalier::robust
