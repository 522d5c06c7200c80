// SPDX-License-Identifier: BSD-3-Clause
#include "train/parameters.hpp"

namespace espalier::train {
namespace {

using S = TopologySettings;

/// A setting of the adversary's own struct.
core::Setting<S> of_adversary(const core::Setting<AdversarialSettings>& own) {
  core::Setting<S> out{own.parameter, [take = own.take](S& s, const core::Settings& from) { take(s.adversary, from); },
                       [value = own.value](const S& s) { return value(s.adversary); }};
  return out.only_if("adversarial", {"pgd"});
}

core::Binding<S> adversarial_settings() {
  using A = AdversarialSettings;
  return {
      choice("adversarial", &S::adversarial, {{"none", false}, {"pgd", true}},
             "pgd: adversarial training [Madry et al. 2018], part of every batch is attacked (linf, from a uniform "
             "start in the ball) with the current network")
          .legacy("none"),
      of_adversary(setting("adversarial_level", &A::level, {0, 1}, "pixel value",
                           "eps of adversarial training, the radius of the ball around each image")
                       .required()),
      of_adversary(setting("adversarial_steps", &A::steps, {1, 10000}, "steps", "steps of the attack in adversarial training")),
      of_adversary(setting("adversarial_step", &A::step, {0, 100}, "eps",
                           "length of one of these steps, as a share of eps; absent: 2.5 / adversarial_steps")),
      of_adversary(
          setting("adversarial_share", &A::share, {0, 1}, "share", "share of every batch that is attacked; the rest is clean"))};
}

}  // namespace

core::Setting<S> sparsity_setting(double min, const std::string& description) {
  return setting("sparsity", &S::sparsity, {min, 0.9999}, "share", description);
}

core::Setting<S> links_setting() {
  return choice(
      "links", &S::links,
      {{"uniform", LinkLaw::uniform}, {"fixed-fan-in", LinkLaw::fixed_fan_in}, {"er", LinkLaw::er}, {"erk", LinkLaw::erk}},
      "initial links: same sparsity in every layer, random or with the same number per neuron; or "
      "density proportional to (D + K) / (D K) [Erdos-Renyi, Mocanu et al. 2018] at the same total, where "
      "er drops the links that exceed a full layer, erk moves them to the other layers ('er' is sparser than asked; see plan)");
}

core::Binding<S> rewiring_settings(bool cosine_by_default) {
  return {
      setting("rewire_fraction", &RewireSettings::fraction, {0, 1}, "share", "share of the links that is pruned and grown again"),
      choice("rewire_decay", &RewireSettings::cosine, {{"constant", false}, {"cosine", true}},
             "schedule of the rewired share over the epochs; cosine falls to 0 at the last epoch that rewires")
          .usually(std::string(cosine_by_default ? "cosine" : "constant")),
      setting("rewire_every", &RewireSettings::every, {1, 100000}, "epochs", "epochs between two rewirings"),
      setting("rewire_until", &RewireSettings::until, {0, 1}, "share",
              "share of the epochs after which links no longer change; no rewiring follows the last epoch")};
}

core::Kind topology(Component<S> component) {
  component.settings = {component.settings, adversarial_settings()};
  core::Kind kind = component.kind();
  kind.cost = [](const core::Settings& settings) {
    const S s = read_topology(settings);
    const double passes = s.adversarial ? s.adversary.share * s.adversary.steps : 0;
    return core::Cost{.forward = 1 + passes, .backward = passes};
  };
  return kind;
}

TopologySettings read_topology(const core::Settings& topology) {
  static const core::Binding<S> all{links_setting(), rewiring_settings(), adversarial_settings()};
  return all.read_some(topology);
}

}  // namespace espalier::train
