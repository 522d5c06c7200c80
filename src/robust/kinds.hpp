// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "espalier/core/component.hpp"
#include "espalier/robust/perturbation.hpp"

/// What the definitions of the perturbations share; the catalogue lists them.
namespace espalier::robust {

using core::choice, core::Component, core::flag, core::setting;

/// Settings of every perturbation.
struct PerturbationSettings {
  std::optional<std::uint32_t> images{};
};
/// Number of test images that the kind is evaluated on; absent: those of `evaluate`. Added to every component.
core::Setting<PerturbationSettings> images_setting();

/// Settings of damage that draws at random.
struct RandomDamage : PerturbationSettings {
  std::uint32_t replicate = 0;
};
/// Which independent repetition of the damage this is.
core::Setting<RandomDamage> replicate();

/// What a kind does to the network, with the stream of its name.
template <typename S>
Perturbation damage(Component<S> component, net::Network (*act)(const net::Network&, const S&, const core::Stream&)) {
  component.family = "damage";
  component.settings = {component.settings, images_setting()};
  return {
      component.kind(),
      Damage(component.settings.reading([=, name = component.name](const net::Network& network, const S& s, const Seeds& seeds) {
        return act(network, s, seeds.stream(name));
      }))};
}

}  // namespace espalier::robust
