// SPDX-License-Identifier: BSD-3-Clause
#include "robust/climb.hpp"
#include "robust/kinds.hpp"
#include "robust/parameters.hpp"
#include "robust/runs.hpp"

namespace espalier::robust {
namespace {

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
             const core::Settings& settings, const Seeds&) {
  return climb_from_clean(classifier, clean, labels, settings, {.steps = 1, .step = settings.number("level")});
}

}  // namespace

Perturbation fgsm() {
  core::Kind kind{
      .name = "fgsm",
      .family = "attack",
      .description = "fast gradient method: one step of length eps along the loss gradient's sign (linf) or itself (l2)",
      .parameters = climb_parameters({}),
      .cost = [](const core::Settings& s) { return steps_cost(number_of_runs(s), number_of_runs(s)); },
      .least_classes = least_classes};
  return attack(std::move(kind), act);
}

}  // namespace espalier::robust
