// SPDX-License-Identifier: BSD-3-Clause
#include "train/new_tail.hpp"

#include <algorithm>
#include <stdexcept>

#include "espalier/train/tail.hpp"
#include "train/initial_weights.hpp"

namespace espalier::train {
net::Network with_new_tail(net::Network network, int layer, Init init, const core::Stream& weights) {
  for (auto l = static_cast<std::size_t>(layer); l < network.layers.size(); ++l)
    draw_weights(network.layers[l], init, weights, l);
  return network;
}

std::vector<float> tail_weights(const net::Network& network, int layer) {
  std::vector<float> out;
  for (auto l = static_cast<std::size_t>(layer); l < network.layers.size(); ++l)
    for (const std::span<const float> numbers : {net::weights(network.layers[l]), net::biases(network.layers[l])})
      out.insert(out.end(), numbers.begin(), numbers.end());
  return out;
}

net::Network with_tail(net::Network network, int layer, std::span<const float> weights) {
  const auto take = [&](std::span<float> to) {
    if (to.size() > weights.size()) throw std::runtime_error("a stored tail has fewer weights than the layers above the noise");
    std::ranges::copy(weights.first(to.size()), to.begin());
    weights = weights.subspan(to.size());
  };
  for (auto l = static_cast<std::size_t>(layer); l < network.layers.size(); ++l) {
    take(net::weights(network.layers[l]));
    take(net::biases(network.layers[l]));
  }
  if (!weights.empty()) throw std::runtime_error("a stored tail has more weights than the layers above the noise");
  return network;
}

}  // namespace espalier::train
