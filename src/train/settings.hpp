// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "espalier/core/component.hpp"
#include "train/networks.hpp"

namespace espalier::train {

/// The `tail` section of a grid file: settings of the training of a network whose layers exist.
struct TailSettings {
  int epochs = 10;
  std::uint32_t batch = 128;  ///< images
  bool adam = true;           ///< otherwise SGD with momentum
  double learning_rate = 0.003;
  double momentum = 0.9;  ///< of SGD
  double weight_decay = 0;
  bool cosine = true;  ///< learning rate falls to 0 along a half cosine; otherwise it is constant

  /// Learning rate of step `step` (from 0) of `steps`.
  float rate(std::uint64_t step, std::uint64_t steps) const;
};
TailSettings read_tail(const core::Settings& tail);

/// The `train` section.
struct TrainSettings : TailSettings, NetworkSettings {
  bool standardise = false;
};
TrainSettings read_train(const core::Settings& train);

}  // namespace espalier::train
