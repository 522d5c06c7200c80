// SPDX-License-Identifier: BSD-3-Clause
#include "robust/kinds.hpp"

#include <algorithm>
#include <utility>

#include "robust/alarms.hpp"
#include "robust/parameters.hpp"
#include "robust/target.hpp"

namespace espalier::robust {

namespace {

using CostOf = std::function<core::Cost(const core::Settings&)>;

/// Adds the masking alarms' second attacks on the first images: the same attack twice more, at half the level and along the
/// margin, and Square.
CostOf with_alarms(CostOf own) {
  return [own = std::move(own)](const core::Settings& settings) {
    constexpr double usual_images = 10000;
    const double share = std::min(1.0, kAlarmImages / (settings.has("images") ? settings.number("images") : usual_images));
    core::Cost cost = own(settings);
    cost.forward += share * (2 * cost.forward + kAlarmQueries);
    cost.backward += share * 2 * cost.backward;
    return cost;
  };
}

/// A bound that lets every pixel take any value: most likely a number of 255.
std::string advice(const core::Settings& settings) {
  const bool linf =
      settings.has("norm") ? settings.text("norm") == "linf" : perturbation(settings.kind).search == Search::literal;
  if (!linf || !settings.has("level") || settings.number("level") < 1) return "";
  const std::string level = core::canonical(settings.number("level"));
  return "'" + settings.kind + "' with norm linf and level " + level +
         " can turn any image into any other: pixels are from 0 to 1; for " + level + " of 255 write " + level + "/255";
}

Attacked without_check(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels,
                       ImageShape shape, const core::Settings& settings, const Seeds& seeds) {
  return perturbation(settings.kind).joint(classifier, clean, labels, shape, settings, seeds, {});
}

}  // namespace

core::Cost steps_cost(double steps, double probes) { return {.forward = steps + probes, .backward = steps, .per_image = 0}; }

Perturbation attack(core::Kind kind, Attack act, Search search, double default_images) {
  kind.cost = with_alarms(kind.cost);
  // 2: losses without cancellation and scale, selection on fresh draws; 3: fab, stricter probes, alarms; 4: mean gradient at the
  // noise
  kind.definition = 4;
  kind.advice = advice;
  for (core::Parameter& parameter : expectation_parameters()) kind.parameters.push_back(std::move(parameter));
  kind.parameters.push_back(default_images > 0 ? images(default_images) : images());
  return {std::move(kind), act, search};
}

Perturbation literal_attack(core::Kind kind, Attack act) {
  kind.cost = [own = kind.cost](const core::Settings& settings) {
    core::Cost cost = own(settings);
    cost.search_draws = 1;
    return cost;
  };
  kind.advice = advice;
  kind.parameters.push_back(images());
  return {std::move(kind), act, Search::literal};
}

Perturbation literal_attack(core::Kind kind, JointAttack joint) {
  Perturbation out = literal_attack(std::move(kind), without_check);
  out.joint = joint;
  return out;
}

}  // namespace espalier::robust
