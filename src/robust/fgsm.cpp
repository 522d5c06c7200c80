// SPDX-License-Identifier: BSD-3-Clause
#include "robust/climb.hpp"

namespace espalier::robust {
namespace {

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
             const ClimbSettings& settings, const Seeds&) {
  return climb_from_clean(classifier, clean, labels, settings, {.steps = 1, .step = settings.eps});
}

}  // namespace

Perturbation fgsm() {
  return attack(
      {.name = "fgsm",
       .description = "fast gradient method: one step of length eps along the loss gradient's sign (linf) or itself (l2)",
       .settings = climb_settings(),
       .cost = [](const ClimbSettings& s) { return steps_cost(number_of_runs(s), number_of_runs(s)); },
       .least_classes = least_classes},
      act);
}

}  // namespace espalier::robust
