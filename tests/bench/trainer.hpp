// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <vector>

#include "espalier/net/training_pass.hpp"
#include "espalier/net/update.hpp"
#include "workload.hpp"

namespace espalier::bench {

inline constexpr std::size_t batch = 128, epoch_images = 60000;

/// Our side of a training: pass, gradient and Adam's state.
struct Trainer {
  explicit Trainer(net::Network& net) : network(net), pass(net, batch, 0, false), m(net.layers.size()), v(net.layers.size()) {}

  double step(std::span<const std::uint8_t> pixels, std::span<const std::uint8_t> labels, std::span<const std::uint64_t> some,
              float rate) {
    const auto score = pass.run(network, pixels, labels, some, {}, 0, gradient);
    for (std::size_t l = 0; l < network.layers.size(); ++l) {
      update(net::weights(network.layers[l]), gradient[l].weight, m[l].weight, v[l].weight, rate);
      update(net::biases(network.layers[l]), gradient[l].bias, m[l].bias, v[l].bias, rate);
    }
    return score.loss;
  }
  static void update(std::span<float> w, const std::vector<float>& g, std::vector<float>& m, std::vector<float>& v, float rate) {
    m.resize(w.size());
    v.resize(w.size());
    net::adam_update(w, g, m, v, rate, 0.9f, 0.999f, 1e-8f, 1, 1, 0);
  }

  net::Network& network;
  net::TrainingPass pass;
  net::Gradient gradient, m, v;
};

}  // namespace espalier::bench
