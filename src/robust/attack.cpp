// SPDX-License-Identifier: BSD-3-Clause
#include "robust/attack.hpp"

#include <algorithm>

#include "robust/alarms.hpp"

namespace espalier::robust {

core::Binding<AttackSettings> expectation_settings() {
  return {setting("eot", &AttackSettings::eot, {1, 1e5}, "draws", "noise draws per gradient; absent: 10 (1 without noise)")
              .evaluation_only(),
          choice("eot_mode", &AttackSettings::at_mean_logits, {{"mean-logits", true}, {"mean-gradient", false}},
                 "under noise: gradient of the loss at the mean of the draws' logits, or mean of their gradients")
              .evaluation_only()};
}

core::Setting<LongestChange> longest_setting() {
  return setting("level", &LongestChange::level, {0, 1000}, "pixel value", "longer changes are not sent; absent: all are");
}

core::Cost steps_cost(double steps, double probes) { return {.forward = steps + probes, .backward = steps, .per_image = 0}; }

core::Cost with_alarms(core::Cost cost, const AttackSettings& settings) {
  constexpr double usual_images = 10000;
  const double share = std::min(1.0, kAlarmImages / (settings.images ? double{1} * *settings.images : usual_images));
  cost.forward += share * (2 * cost.forward + kAlarmQueries);
  cost.backward += share * 2 * cost.backward;
  cost.search_draws = settings.eot.value_or(kPredictionDraws);
  return cost;
}

std::string advice_on_level(const std::string& kind, Norm norm, double level) {
  if (norm != Norm::linf || level < 1) return "";
  const std::string text = core::canonical(level);
  return "'" + kind + "' with norm linf and level " + text + " can turn any image into any other: pixels are from 0 to 1; for " +
         text + " of 255 write " + text + "/255";
}

}  // namespace espalier::robust
