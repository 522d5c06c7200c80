// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "espalier/core/component.hpp"
#include "espalier/train/adversarial.hpp"
#include "espalier/train/topology.hpp"

/// The catalogue's rules, one file each, and the settings that they share.
namespace espalier::train {

using core::choice, core::Component, core::flag, core::setting;

/// How the first links are drawn: any of the given number with equal chance, or the same number into every neuron; and layers of
/// equal density, or of the densities of erdos_renyi().
enum class LinkLaw { uniform, fixed_fan_in, er, erk };

/// How the links of a rule change.
struct RewireSettings {
  double fraction = 0.3;  ///< share of the links that is pruned and grown again
  bool cosine = false;    ///< the share falls to 0 along a half cosine
  int every = 1;          ///< epochs
  double until = 1;       ///< share of the epochs after which the pattern does not change

  /// Share that is rewired after epoch `epoch` (from 0) of `epochs`; 0 when that is not an epoch to rewire after.
  double share(int epoch, int epochs) const;
};

/// Of a model; those that its rule does not have are as initialised. An axis gives the sparsity: see core::ModelSpec.
struct TopologySettings : RewireSettings {
  double sparsity = 0.99;
  LinkLaw links = LinkLaw::uniform;
  bool adversarial = false;
  AdversarialSettings adversary{};
};
TopologySettings read_topology(const core::Settings& topology);

core::Setting<TopologySettings> sparsity_setting(
    double min = 0, const std::string& description =
                        "share of the possible links of the hidden layers that are absent; the output layer is dense");
core::Setting<TopologySettings> links_setting();

/// rewire_fraction, rewire_decay, rewire_every, rewire_until.
core::Binding<TopologySettings> rewiring_settings(bool cosine_by_default = false);

/// The entry of a rule: its own settings and those of adversarial training, which every rule has, and its cost.
core::Kind topology(Component<TopologySettings> component);

Rule dense_rule();
Rule dense_small_rule();
Rule static_rule();
Rule set_rule();
Rule random_rule();
Rule rigl_rule();
Rule cht_rule();

}  // namespace espalier::train
