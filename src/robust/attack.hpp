// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "robust/ball.hpp"
#include "robust/kinds.hpp"
#include "robust/losses.hpp"

/// What the definitions of the attacks share.
namespace espalier::robust {

/// Settings of an attack on noisy networks, which asks them several times.
struct AttackSettings : PerturbationSettings {
  std::optional<std::uint32_t> eot{};  ///< absent: as many draws as predictions average
  bool at_mean_logits = true;          ///< gradient of the loss at the mean logits; else mean of the gradients
};

/// As many draws as predictions average by default.
inline constexpr std::uint32_t kPredictionDraws = 10;

/// The settings `eot` and `eot_mode`.
core::Binding<AttackSettings> expectation_settings();

/// The setting `level` of an attack: eps.
template <typename S>
core::Setting<S> eps_setting() {
  return setting("level", &S::eps, {0, 100}, "pixel value", "eps, the radius of the ball around each image").required();
}

template <typename S>
core::Setting<S> norm_setting() {
  return choice("norm", &S::norm, {{"linf", Norm::linf}, {"l2", Norm::l2}},
                "length of a change: largest absolute value, or Euclidean");
}

/// Of an attack that seeks the least change.
struct LongestChange {
  std::optional<double> level{};
};
core::Setting<LongestChange> longest_setting();

/// Cost of a search of `steps` gradients and `probes` further passes; the evaluation, and the draws of each pass, are not in it.
core::Cost steps_cost(double steps, double probes);

/// Adds the draws of each pass and the masking alarms' second attacks on the first images: the same attack twice more, at half
/// the level and along the margin, and Square.
core::Cost with_alarms(core::Cost cost, const AttackSettings& settings);

/// Of a bound that lets every pixel take any value: most likely a number of 255. Else empty.
std::string advice_on_level(const std::string& kind, Norm norm, double level);

template <typename S>
std::string advice_on_level(const std::string& kind, const S& settings) {
  if constexpr (requires { settings.eps; }) {
    if constexpr (requires { settings.norm; }) return advice_on_level(kind, settings.norm, settings.eps);
    return advice_on_level(kind, Norm::linf, settings.eps);
  } else if constexpr (requires { settings.norm; }) {
    return advice_on_level(kind, settings.norm, settings.level.value_or(0));
  }
  return "";
}

/// What the masking alarms look at and change; null: the attack has none.
struct Aspects {
  AttackSettings& asked;
  Ball* ball = nullptr;
  int* steps = nullptr;
  Loss* loss = nullptr;
};

template <typename S>
Aspects aspects_of(S& settings) {
  Aspects out{settings};
  if constexpr (std::derived_from<S, Ball>) out.ball = &settings;
  if constexpr (requires { settings.steps; }) out.steps = &settings.steps;
  if constexpr (requires { settings.loss; }) out.loss = &settings.loss;
  return out;
}

template <typename S>
using AttackOf = Attacked (*)(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels,
                              ImageShape shape, const S& settings, const Seeds& seeds);

/// An attack: its own settings, and those that all attacks on noisy networks share.
template <typename S>
Perturbation attack(Component<S> component, AttackOf<S> act, Search search = Search::gradients,
                    const core::Setting<PerturbationSettings>& images = images_setting()) {
  component.family = "attack";
  component.settings = {component.settings, expectation_settings(), images};
  // 2: losses without cancellation and scale, selection on fresh draws; 3: fab, stricter probes, alarms; 4: mean gradient at the
  // noise
  component.definition = 4;
  component.advice = [name = component.name](const S& settings) { return advice_on_level(name, settings); };
  component.cost = [own = component.cost](const S& settings) { return with_alarms(own(settings), settings); };
  const auto varied = [binding = component.settings](core::Settings settings, const std::function<void(Aspects&)>& change) {
    return binding.changed(std::move(settings), [&](S& members) {
      Aspects aspects = aspects_of(members);
      change(aspects);
    });
  };
  return {component.kind(), Attack(component.settings.reading(act)), search, {}, varied};
}

/// An attack that does what another program does, under linf, with one noise draw per pass. No alarms compare it with others.
template <typename S>
Component<S> literal(Component<S> component) {
  component.family = "attack";
  component.settings = {component.settings, images_setting()};
  component.advice = [name = component.name](const S& settings) { return advice_on_level(name, settings); };
  component.cost = [own = component.cost](const S& settings) {
    core::Cost cost = own(settings);
    cost.search_draws = 1;
    return cost;
  };
  return component;
}

template <typename S>
Perturbation literal_attack(Component<S> component, AttackOf<S> act) {
  component = literal(std::move(component));
  return {component.kind(), Attack(component.settings.reading(act)), Search::literal};
}

template <typename S>
Perturbation literal_joint_attack(Component<S> component,
                                  Attacked (*act)(net::Classifier&, const net::Batch&, std::span<const std::uint8_t>, ImageShape,
                                                  const S&, const Seeds&, const core::CancellationCheck&)) {
  component = literal(std::move(component));
  const JointAttack joint = component.settings.reading(act);
  const auto alone = [joint](auto&&... arguments) { return joint(arguments..., core::CancellationCheck()); };
  return {component.kind(), Attack(alone), Search::literal, joint};
}

}  // namespace espalier::robust
