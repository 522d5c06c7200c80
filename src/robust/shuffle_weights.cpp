#include <cstdint>
#include <vector>

#include "robust/kinds.hpp"
#include "robust/links.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {
namespace {

/// Permutes the weights of a random subset of round(level * links) links among themselves.
void shuffle(std::span<float> weight, double level, const core::Stream& stream, std::uint64_t replicate, std::uint64_t layer) {
  const auto order = core::permutation(static_cast<std::uint32_t>(weight.size()), stream.random(replicate, 2 * layer));
  const std::uint32_t count = touched(level, weight.size());
  const auto exchange = core::permutation(count, stream.random(replicate, 2 * layer + 1));
  const std::vector<float> before(weight.begin(), weight.end());
  for (std::uint32_t i = 0; i < count; ++i) weight[order[i]] = before[order[exchange[i]]];
}

net::Network act(const net::Network& network, const core::Settings& settings, const Seeds& seeds) {
  net::Network damaged = network;
  const core::Stream stream = seeds.stream(settings.kind);
  const auto replicate = static_cast<std::uint64_t>(settings.integer("replicate"));
  for (const std::size_t l : damaged_layers(network))
    shuffle(weights(damaged.layers[l]), settings.number("level"), stream, replicate, l);
  return damaged;
}

}  // namespace

Perturbation shuffle_weights() {
  core::Kind kind{.name = "shuffle-weights",
                  .family = "damage",
                  .description = "permutes the weights of the sparse layers' links (hidden layers' where none is sparse)",
                  .parameters = {number("level", 0, 1, "share of the links", "a random subset of this share is permuted"),
                                 choice("within", {"layer"}, "among which links weights change places"), replicate(), images()},
                  .cost = [](const core::Settings&) { return judged_twice(); }};
  return {std::move(kind), Damage(act)};
}

}  // namespace espalier::robust
