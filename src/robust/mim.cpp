// SPDX-License-Identifier: BSD-3-Clause
#include "robust/climb.hpp"
#include "robust/kinds.hpp"
#include "robust/parameters.hpp"
#include "robust/runs.hpp"

namespace espalier::robust {
namespace {

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
             const core::Settings& settings, const Seeds&) {
  const int steps = settings.integer("steps");
  return climb_from_clean(classifier, clean, labels, settings,
                          {.steps = steps, .step = settings.number("level") / steps, .decay = settings.number("decay")});
}

}  // namespace

Perturbation mim() {
  core::Kind kind{
      .name = "mim",
      .family = "attack",
      .description = "momentum iterative method [Dong et al. 2018]: m <- decay m + g / |g|_1, steps of eps / steps along m",
      .parameters = climb_parameters({integer("steps", 1, 1e5, 10, "steps", "number of steps"),
                                      number("decay", 0, 10, 1, "1", "what is kept of the momentum in each step")}),
      .cost = climb_cost,
      .least_classes = least_classes};
  return attack(std::move(kind), act);
}

}  // namespace espalier::robust
