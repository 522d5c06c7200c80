// SPDX-License-Identifier: BSD-3-Clause
#include "train/new_tail.hpp"

#include <algorithm>
#include <stdexcept>

#include "espalier/train/tail.hpp"
#include "train/initial_weights.hpp"

namespace espalier::train {
namespace {

std::span<float> weights_of(net::Layer& layer) {
  if (auto* sparse = std::get_if<net::SparseLayer>(&layer)) return sparse->weight;
  auto& dense = std::get<net::DenseLayer>(layer).weight;
  return {dense.data(), static_cast<std::size_t>(dense.size())};
}

std::vector<float>& bias_of(net::Layer& layer) {
  return std::visit([](auto& l) -> std::vector<float>& { return l.bias; }, layer);
}

}  // namespace

net::Network with_new_tail(net::Network network, int layer, const core::Stream& weights) {
  for (auto l = static_cast<std::size_t>(layer); l < network.layers.size(); ++l) {
    draw_weights(network.layers[l], weights, l);
    std::ranges::fill(bias_of(network.layers[l]), 0.0F);
  }
  return network;
}

std::vector<float> tail_weights(const net::Network& network, int layer) {
  std::vector<float> out;
  for (auto l = static_cast<std::size_t>(layer); l < network.layers.size(); ++l) {
    net::Layer copy = network.layers[l];
    const std::span<const float> weight = weights_of(copy);
    out.insert(out.end(), weight.begin(), weight.end());
    out.insert(out.end(), bias_of(copy).begin(), bias_of(copy).end());
  }
  return out;
}

net::Network with_tail(net::Network network, int layer, std::span<const float> weights) {
  const auto take = [&](std::span<float> to) {
    if (to.size() > weights.size()) throw std::runtime_error("a stored tail has fewer weights than the layers above the noise");
    std::ranges::copy(weights.first(to.size()), to.begin());
    weights = weights.subspan(to.size());
  };
  for (auto l = static_cast<std::size_t>(layer); l < network.layers.size(); ++l) {
    take(weights_of(network.layers[l]));
    take(bias_of(network.layers[l]));
  }
  if (!weights.empty()) throw std::runtime_error("a stored tail has more weights than the layers above the noise");
  return network;
}

}  // namespace espalier::train
