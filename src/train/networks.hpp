// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "espalier/core/kind.hpp"
#include "espalier/data/dataset.hpp"
#include "espalier/train/topology.hpp"

/// Networks as a grid file describes them: by the widths of fully connected layers, by name, or layer by layer.
namespace espalier::train {

/// The parameters of `train` that say what the network is: network, hidden, layers, activation, init.
std::vector<core::Parameter> network_parameters();

/// The layers of the network of `train` on images of this shape. Throws core::UserError where they do not fit.
Outline read_outline(const core::Settings& train, const data::DatasetShape& images);

core::Activation read_activation(const core::Settings& train);

/// The law of initial weights.
enum class Init {
  he,      ///< normal, variance 2 / fan-in [He et al., ICCV 2015]; biases 0
  pytorch  ///< weights and biases uniform within 1 / sqrt(fan-in), the default of PyTorch's Linear and Conv2d
};
Init read_init(const core::Settings& train);

}  // namespace espalier::train
