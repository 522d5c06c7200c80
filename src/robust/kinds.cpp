#include "robust/kinds.hpp"

#include "robust/parameters.hpp"
#include "robust/target.hpp"

namespace espalier::robust {

core::Cost judged_twice() { return {.forward = 2, .backward = 0, .per_image = 0}; }

core::Cost steps_cost(const core::Settings& settings, double steps, double probes) {
  const double draws = settings.has("eot") ? settings.number("eot") : 1;
  return {.forward = 2 + draws * (steps + probes), .backward = draws * steps, .per_image = 0};
}

Perturbation attack(core::Kind kind, Attack act, double default_images) {
  for (core::Parameter& parameter : expectation_parameters()) kind.parameters.push_back(std::move(parameter));
  kind.parameters.push_back(default_images > 0 ? images(default_images) : images());
  return {std::move(kind), act};
}

}  // namespace espalier::robust
