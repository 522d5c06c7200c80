// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "robust/kinds.hpp"
#include "robust/link_order.hpp"
#include "robust/links.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {
namespace {

/// The links of the damaged layers as one sequence, or layer by layer.
struct Pool {
  std::vector<std::size_t> layers;
  std::uint64_t draw = 0;  ///< keys the pool's permutation
};

std::vector<Pool> pools(const net::Network& network, const std::string& over) {
  const std::vector<std::size_t> layers = damaged_layers(network);
  if (over == "network") return {Pool{layers, 0}};
  std::vector<Pool> out;
  for (const std::size_t l : layers) out.push_back({{l}, 1 + l});
  return out;
}

/// Removes the first round(level M) links of the order from the pool's M links.
void remove_from_pool(net::Network& network, const Pool& pool, double level, const std::vector<std::uint32_t>& order) {
  std::vector<std::uint8_t> removed(order.size(), 0);
  const std::uint32_t count = touched(level, order.size());
  for (std::uint32_t i = 0; i < count; ++i) removed[order[i]] = 1;

  std::size_t first = 0;
  for (const std::size_t l : pool.layers) {
    const std::size_t links = weights(network.layers[l]).size();
    remove_links(network.layers[l], std::span(removed).subspan(first, links));
    first += links;
  }
}

std::uint32_t links_of(const net::Network& network, const Pool& pool) {
  std::size_t links = 0;
  for (const std::size_t l : pool.layers) links += weights(network.layers[l]).size();
  return static_cast<std::uint32_t>(links);
}

net::Network act(const net::Network& network, const core::Settings& settings, const Seeds& seeds) {
  net::Network damaged = network;
  const core::Stream stream = seeds.stream(settings.kind);
  const std::string& order = settings.text("order");
  const auto replicate = static_cast<std::uint64_t>(order == "random" ? settings.integer("replicate") : 0);
  for (const Pool& pool : pools(network, settings.text("over"))) {
    // One order for every level: what a lower level removes, a higher level removes too.
    const auto removal = order == "random" ? core::permutation(links_of(network, pool), stream.random(replicate, pool.draw))
                                           : removal_order(network, pool.layers, order);
    remove_from_pool(damaged, pool, settings.number("level"), removal);
  }
  return damaged;
}

}  // namespace

Perturbation remove_links() {
  core::Parameter repetition = replicate();
  repetition.active_if = {"order", {"random"}};
  core::Kind kind{.name = "remove-links",
                  .family = "damage",
                  .description = "removes links of the sparse layers (of the hidden layers if none is sparse) without retraining",
                  .parameters = {number("level", 0, 1, "share of the links", "round(level * links) links are removed"),
                                 choice("order", {"random", "weakest", "strongest", "degree", "path-count"},
                                        "order of removal, ranked once in the whole network: by |w|, by out-degree x in-degree "
                                        "of the two ends in the layer, or by the paths from inputs to outputs through the link "
                                        "(most first); lower levels remove a subset of higher ones"),
                                 choice("over", {"network", "layer"}, "share of all links together, or of each layer's links"),
                                 std::move(repetition), images()}};
  return {std::move(kind), Damage(act)};
}

}  // namespace espalier::robust
