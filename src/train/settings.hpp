// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "espalier/core/settings.hpp"

namespace espalier::train {

/// The `train` section of a grid file, read once.
struct TrainSettings {
  int epochs = 0;
  std::uint32_t batch = 0;  ///< images
  bool adam = true;         ///< otherwise SGD with momentum
  float learning_rate = 0;
  float momentum = 0;  ///< of SGD
  float weight_decay = 0;
  bool cosine = true;  ///< learning rate falls to 0 along a half cosine; otherwise it is constant
  bool standardise = false;

  /// Learning rate of step `step` (from 0) of `steps`.
  float rate(std::uint64_t step, std::uint64_t steps) const;
};

TrainSettings read_train(const core::Settings& train);

/// The `tail` section: the same without `standardise`.
TrainSettings read_tail(const core::Settings& train);

/// The rewiring parameters of a topology rule, read once.
struct RewireSettings {
  double fraction = 0;  ///< share of the links that is pruned and grown again
  bool cosine = false;  ///< the share falls to 0 along a half cosine
  int every = 1;        ///< epochs
  double until = 1;     ///< share of the epochs after which the pattern does not change

  /// Share that is rewired after epoch `epoch` (from 0) of `epochs`; 0 when that is not an epoch to rewire after.
  double share(int epoch, int epochs) const;
};

RewireSettings read_rewire(const core::Settings& topology);

}  // namespace espalier::train
