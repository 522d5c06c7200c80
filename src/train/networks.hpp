// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "espalier/core/setting.hpp"
#include "espalier/data/dataset.hpp"
#include "espalier/train/topology.hpp"

/// Networks as a grid file describes them: by the widths of fully connected layers, by name, or layer by layer.
namespace espalier::train {

/// The law of initial weights.
enum class Init {
  he,      ///< normal, variance 2 / fan-in [He et al., ICCV 2015]; biases 0
  pytorch  ///< weights and biases uniform within 1 / sqrt(fan-in), the default of PyTorch's Linear and Conv2d
};

/// What the network of a `train` section is.
struct NetworkSettings {
  std::string network = "mlp";
  std::vector<double> hidden{1000, 1000, 1000};  ///< of an mlp
  std::optional<std::string> layers{};           ///< "conv=6 kernel=5 padding=2; pool=2", of network "layers"
  core::Activation activation = core::Activation::relu;
  Init init = Init::he;
};
core::Binding<NetworkSettings> network_settings();

/// The layers of the network on images of this shape. Throws core::UserError where they do not fit.
Outline read_outline(const NetworkSettings& train, const data::DatasetShape& images);

}  // namespace espalier::train
