// SPDX-License-Identifier: BSD-3-Clause
#include "robust/climb.hpp"

namespace espalier::robust {
namespace {

struct Bim : ClimbSettings {
  int steps = 10;
  double step = 0.2;  ///< of eps
};

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
             const Bim& settings, const Seeds&) {
  return climb_from_clean(classifier, clean, labels, settings, {.steps = settings.steps, .step = settings.step * settings.eps});
}

}  // namespace

Perturbation bim() {
  return attack({.name = "bim",
                 .description = "basic iterative method: projected steps along the loss gradient from the clean image",
                 .settings = {climb_settings(), setting("steps", &Bim::steps, {1, 1e5}, "steps", "number of steps"),
                              setting("step", &Bim::step, {0, 10}, "eps", "length of one step, as a share of eps")},
                 .cost = [](const Bim& s) { return climb_cost(s.steps, s); },
                 .least_classes = least_classes},
                act);
}

}  // namespace espalier::robust
