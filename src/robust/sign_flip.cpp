// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>

#include "robust/kinds.hpp"
#include "robust/links.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {
namespace {

net::Network act(const net::Network& network, const core::Settings& settings, const Seeds& seeds) {
  net::Network damaged = network;
  const core::Stream stream = seeds.stream(settings.kind);
  const auto replicate = static_cast<std::uint64_t>(settings.integer("replicate"));
  for (const std::size_t l : damaged_layers(network)) {
    const std::span<float> weight = weights(damaged.layers[l]);
    const auto order = core::permutation(static_cast<std::uint32_t>(weight.size()), stream.random(replicate, l));
    const std::uint32_t count = touched(settings.number("level"), weight.size());
    for (std::uint32_t i = 0; i < count; ++i) weight[order[i]] = -weight[order[i]];
  }
  return damaged;
}

}  // namespace

Perturbation sign_flip() {
  core::Kind kind{.name = "sign-flip",
                  .family = "damage",
                  .description = "flips the sign of weights of the sparse layers (of the hidden layers if none is sparse)",
                  .parameters = {number("level", 0, 1, "share of the links",
                                        "round(level * links) links of each layer; lower levels flip a subset of higher ones"),
                                 replicate(), images()}};
  return {std::move(kind), Damage(act)};
}

}  // namespace espalier::robust
