// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "espalier/train/topology.hpp"

/// The catalogue's rules, one file each, and the parameters that they share.
namespace espalier::train {

core::Parameter sparsity_parameter(double min = 0);
core::Parameter links_parameter();

/// sparsity, links, rewire_fraction, rewire_decay (with this default), rewire_every, rewire_until.
std::vector<core::Parameter> rewiring_parameters(const std::string& decay, double min_sparsity = 0);

/// Those of adversarial training, which every rule has, and what it adds to the passes of an image.
std::vector<core::Parameter> adversarial_parameters();
core::Cost training_cost(const core::Settings& topology);

Rule dense_rule();
Rule dense_small_rule();
Rule static_rule();
Rule set_rule();
Rule random_rule();
Rule rigl_rule();
Rule cht_rule();

}  // namespace espalier::train
