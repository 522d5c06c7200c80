// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <cstdint>
#include <vector>

#include "robust/kinds.hpp"
#include "robust/links.hpp"

namespace espalier::robust {
namespace {

struct WeightNoise : RandomDamage {
  double level = 0;
};

/// Standard deviation of the weights about their mean; 0 without weights.
double spread(std::span<const float> weight) {
  if (weight.empty()) return 0;
  const auto links = static_cast<double>(weight.size());
  double mean = 0, squares = 0;
  for (const float w : weight) mean += static_cast<double>(w) / links;
  for (const float w : weight) squares += (static_cast<double>(w) - mean) * (static_cast<double>(w) - mean);
  return std::sqrt(squares / links);
}

net::Network act(const net::Network& network, const WeightNoise& settings, const core::Stream& stream) {
  net::Network damaged = network;
  for (const std::size_t l : damaged_layers(network)) {
    const std::span<float> weight = weights(damaged.layers[l]);
    const double sd = settings.level * spread(weight);
    // The same normal numbers at every level: a curve along the level walks in one direction.
    std::vector<float> noise(weight.size());
    core::fill_gaussian(stream, settings.replicate, l, noise);
    for (std::size_t i = 0; i < weight.size(); ++i)
      weight[i] = static_cast<float>(static_cast<double>(weight[i]) + sd * static_cast<double>(noise[i]));
  }
  return damaged;
}

}  // namespace

Perturbation weight_noise() {
  return damage({.name = "weight-noise",
                 .description = "adds normal noise to the weights of the sparse layers (of the hidden layers if none is sparse)",
                 .settings = {setting("level", &WeightNoise::level, {0, 100}, "sd of the layer's weights",
                                      "standard deviation of the noise")
                                  .required(),
                              replicate()}},
                act);
}

}  // namespace espalier::robust
