// SPDX-License-Identifier: BSD-3-Clause
#include "robust/climb.hpp"
#include "robust/kinds.hpp"
#include "robust/parameters.hpp"
#include "robust/runs.hpp"

namespace espalier::robust {
namespace {

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
             const core::Settings& settings, const Seeds&) {
  return climb_from_clean(classifier, clean, labels, settings,
                          {.steps = settings.integer("steps"), .step = settings.number("step") * settings.number("level")});
}

}  // namespace

Perturbation bim() {
  core::Kind kind{.name = "bim",
                  .family = "attack",
                  .description = "basic iterative method: projected steps along the loss gradient from the clean image",
                  .parameters = climb_parameters({integer("steps", 1, 1e5, 10, "steps", "number of steps"),
                                                  number("step", 0, 10, 0.2, "eps", "length of one step, as a share of eps")}),
                  .cost = climb_cost,
                  .least_classes = least_classes};
  return attack(std::move(kind), act);
}

}  // namespace espalier::robust
