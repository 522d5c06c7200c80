// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>

#include "robust/kinds.hpp"
#include "robust/links.hpp"

namespace espalier::robust {
namespace {

struct SignFlip : RandomDamage {
  double level = 0;
};

net::Network act(const net::Network& network, const SignFlip& settings, const core::Stream& stream) {
  net::Network damaged = network;
  for (const std::size_t l : damaged_layers(network)) {
    const std::span<float> weight = weights(damaged.layers[l]);
    const auto order = core::permutation(static_cast<std::uint32_t>(weight.size()), stream.random(settings.replicate, l));
    const std::uint32_t count = touched(settings.level, weight.size());
    for (std::uint32_t i = 0; i < count; ++i) weight[order[i]] = -weight[order[i]];
  }
  return damaged;
}

}  // namespace

Perturbation sign_flip() {
  return damage({.name = "sign-flip",
                 .description = "flips the sign of weights of the sparse layers (of the hidden layers if none is sparse)",
                 .settings = {setting("level", &SignFlip::level, {0, 1}, "share of the links",
                                      "round(level * links) links of each layer; lower levels flip a subset of higher ones")
                                  .required(),
                              replicate()}},
                act);
}

}  // namespace espalier::robust
