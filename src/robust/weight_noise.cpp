// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <cstdint>
#include <vector>

#include "robust/kinds.hpp"
#include "robust/links.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {
namespace {

/// Standard deviation of the weights about their mean; 0 without weights.
double spread(std::span<const float> weight) {
  if (weight.empty()) return 0;
  const auto links = static_cast<double>(weight.size());
  double mean = 0, squares = 0;
  for (const float w : weight) mean += static_cast<double>(w) / links;
  for (const float w : weight) squares += (static_cast<double>(w) - mean) * (static_cast<double>(w) - mean);
  return std::sqrt(squares / links);
}

net::Network act(const net::Network& network, const core::Settings& settings, const Seeds& seeds) {
  net::Network damaged = network;
  const core::Stream stream = seeds.stream(settings.kind);
  const auto replicate = static_cast<std::uint64_t>(settings.integer("replicate"));
  for (const std::size_t l : damaged_layers(network)) {
    const std::span<float> weight = weights(damaged.layers[l]);
    const double sd = settings.number("level") * spread(weight);
    // The same normal numbers at every level: a curve along the level walks in one direction.
    std::vector<float> noise(weight.size());
    core::fill_gaussian(stream, replicate, l, noise);
    for (std::size_t i = 0; i < weight.size(); ++i)
      weight[i] = static_cast<float>(static_cast<double>(weight[i]) + sd * static_cast<double>(noise[i]));
  }
  return damaged;
}

}  // namespace

Perturbation weight_noise() {
  core::Kind kind{.name = "weight-noise",
                  .family = "damage",
                  .description = "adds normal noise to the weights of the sparse layers (of the hidden layers if none is sparse)",
                  .parameters = {number("level", 0, 100, "sd of the layer's weights", "standard deviation of the noise"),
                                 replicate(), images()}};
  return {std::move(kind), Damage(act)};
}

}  // namespace espalier::robust
