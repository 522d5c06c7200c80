// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "espalier/net/network.hpp"
#include "espalier/net/training_pass.hpp"
#include "train/archive.hpp"
#include "train/settings.hpp"

namespace espalier::train {

/// SGD with momentum, or Adam with beta 0.9 and 0.999 and epsilon 1e-8. Holds one value per parameter (velocity, or first and
/// second moment), which move with the links when a layer is rewired.
class Optimizer {
 public:
  Optimizer(const TailSettings& settings, const net::Network& network);

  /// One step on all layers that have a gradient. Biases do not decay.
  void step(net::Network& network, const net::Gradient& gradient, float rate);

  /// Values per link of layer `layer`, for its rewiring.
  std::vector<std::vector<float>*> link_state(std::size_t layer);

  /// Saves or restores all values and the number of steps.
  void walk(Archive& archive);

 private:
  struct State {
    std::vector<float> weight[2], bias[2];
  };
  void update(std::span<float> w, std::span<const float> g, std::vector<float> (&state)[2], float rate, float decay) const;

  bool adam_;
  float momentum_, weight_decay_;
  std::vector<State> layers_;
  std::uint64_t steps_ = 0;
};

}  // namespace espalier::train
