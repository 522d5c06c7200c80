// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "robust/kinds.hpp"
#include "robust/links.hpp"

namespace espalier::robust {
namespace {

struct Quantisation : PerturbationSettings {
  int bits = 1;
};

/// Rounds each weight to the middle of its cell: 2^bits cells of equal width cover -max|w| .. max|w|. Symmetric in the sign,
/// off by at most max|w| / 2^bits; a weight of 0 (in a dense layer: no link) stays 0.
void quantise_layer(std::span<float> weight, int bits) {
  double largest = 0;
  for (const float w : weight) largest = std::max(largest, std::abs(static_cast<double>(w)));
  const double width = std::ldexp(largest, 1 - bits);
  const double last_cell = std::ldexp(1.0, bits - 1) - 1;
  for (float& w : weight) {
    if (w == 0) continue;
    const double magnitude = std::abs(static_cast<double>(w));
    const double cell = std::min(std::floor(magnitude / width), last_cell);
    w = std::copysign(static_cast<float>((cell + 0.5) * width), w);
  }
}

net::Network act(const net::Network& network, const Quantisation& settings, const core::Stream&) {
  net::Network damaged = network;
  for (const std::size_t l : damaged_layers(network)) quantise_layer(weights(damaged.layers[l]), settings.bits);
  return damaged;
}

}  // namespace

Perturbation quantise() {
  return damage({.name = "quantise",
                 .description = "rounds the weights of each sparse layer (hidden layer if none is sparse) to a few bits",
                 .settings = {setting("level", &Quantisation::bits, {1, 16}, "bits",
                                      "bits per weight: 2^level values of equal distance, symmetric about 0")
                                  .required()}},
                act);
}

}  // namespace espalier::robust
