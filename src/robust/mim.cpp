// SPDX-License-Identifier: BSD-3-Clause
#include "robust/climb.hpp"

namespace espalier::robust {
namespace {

struct Mim : ClimbSettings {
  int steps = 10;
  double decay = 1;
};

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
             const Mim& settings, const Seeds&) {
  return climb_from_clean(classifier, clean, labels, settings,
                          {.steps = settings.steps, .step = settings.eps / settings.steps, .decay = settings.decay});
}

}  // namespace

Perturbation mim() {
  return attack(
      {.name = "mim",
       .description = "momentum iterative method [Dong et al. 2018]: m <- decay m + g / |g|_1, steps of eps / steps along m",
       .settings = {climb_settings(), setting("steps", &Mim::steps, {1, 1e5}, "steps", "number of steps"),
                    setting("decay", &Mim::decay, {0, 10}, "1", "what is kept of the momentum in each step")},
       .cost = [](const Mim& s) { return climb_cost(s.steps, s); },
       .least_classes = least_classes},
      act);
}

}  // namespace espalier::robust
