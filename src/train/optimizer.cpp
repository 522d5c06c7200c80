// SPDX-License-Identifier: BSD-3-Clause
#include "train/optimizer.hpp"

#include <cmath>

#include "espalier/net/update.hpp"

namespace espalier::train {
namespace {

constexpr float beta1 = 0.9F, beta2 = 0.999F, epsilon = 1e-8F;  // [Kingma and Ba, ICLR 2015]

float correction(float beta, std::uint64_t step) {
  return static_cast<float>(1 - std::pow(static_cast<double>(beta), static_cast<double>(step)));
}

}  // namespace

Optimizer::Optimizer(const TailSettings& settings, const net::Network& network)
    : adam_(settings.adam),
      momentum_(static_cast<float>(settings.momentum)),
      weight_decay_(static_cast<float>(settings.weight_decay)),
      layers_(network.layers.size()) {
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    for (int i = 0; i < (adam_ ? 2 : 1); ++i) {
      layers_[l].weight[i].assign(net::links(network.layers[l]), 0.0F);
      layers_[l].bias[i].assign(net::biases(network.layers[l]).size(), 0.0F);
    }
  }
}

void Optimizer::step(net::Network& network, const net::Gradient& gradient, float rate) {
  ++steps_;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    if (gradient[l].bias.empty()) continue;  // frozen
    update(net::weights(network.layers[l]), gradient[l].weight, layers_[l].weight, rate, weight_decay_);
    update(net::biases(network.layers[l]), gradient[l].bias, layers_[l].bias, rate, 0);
  }
}

void Optimizer::update(std::span<float> w, std::span<const float> g, std::vector<float> (&state)[2], float rate,
                       float decay) const {
  if (adam_)
    net::adam_update(w, g, state[0], state[1], rate, beta1, beta2, epsilon, correction(beta1, steps_), correction(beta2, steps_),
                     decay);
  else
    net::sgd_update(w, g, state[0], rate, momentum_, decay);
}

std::vector<std::vector<float>*> Optimizer::link_state(std::size_t layer) {
  auto& weight = layers_[layer].weight;
  return adam_ ? std::vector{&weight[0], &weight[1]} : std::vector{&weight[0]};
}

void Optimizer::walk(Archive& archive) {
  archive.number(steps_);
  for (State& layer : layers_)
    for (auto* values : {&layer.weight[0], &layer.weight[1], &layer.bias[0], &layer.bias[1]}) archive.numbers(*values);
}

}  // namespace espalier::train
