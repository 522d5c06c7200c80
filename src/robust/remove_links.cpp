// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "robust/kinds.hpp"
#include "robust/link_order.hpp"
#include "robust/links.hpp"

namespace espalier::robust {
namespace {

struct RemoveLinks : RandomDamage {
  double level = 0;
  std::optional<LinkOrder> order{};  ///< nothing: random
  bool layer_by_layer = false;
};

/// The links of the damaged layers as one sequence, or layer by layer.
struct Pool {
  std::vector<std::size_t> layers;
  std::uint64_t draw = 0;  ///< keys the pool's permutation
};

std::vector<Pool> pools(const net::Network& network, bool layer_by_layer) {
  const std::vector<std::size_t> layers = damaged_layers(network);
  if (!layer_by_layer) return {Pool{layers, 0}};
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

net::Network act(const net::Network& network, const RemoveLinks& settings, const core::Stream& stream) {
  net::Network damaged = network;
  for (const Pool& pool : pools(network, settings.layer_by_layer)) {
    // One order for every level: what a lower level removes, a higher level removes too.
    const auto removal = settings.order
                             ? removal_order(network, pool.layers, *settings.order)
                             : core::permutation(links_of(network, pool), stream.random(settings.replicate, pool.draw));
    remove_from_pool(damaged, pool, settings.level, removal);
  }
  return damaged;
}

}  // namespace

Perturbation remove_links() {
  const core::Words<std::optional<LinkOrder>> orders{{"random", std::nullopt},
                                                     {"weakest", LinkOrder::weakest},
                                                     {"strongest", LinkOrder::strongest},
                                                     {"degree", LinkOrder::degree},
                                                     {"path-count", LinkOrder::path_count}};
  return damage(
      {.name = "remove-links",
       .description = "removes links of the sparse layers (of the hidden layers if none is sparse) without retraining",
       .settings = {setting("level", &RemoveLinks::level, {0, 1}, "share of the links", "round(level * links) links are removed")
                        .required(),
                    choice("order", &RemoveLinks::order, orders,
                           "order of removal, ranked once in the whole network: by |w|, by out-degree x in-degree "
                           "of the two ends in the layer, or by the paths from inputs to outputs through the link "
                           "(most first); lower levels remove a subset of higher ones"),
                    choice("over", &RemoveLinks::layer_by_layer, {{"network", false}, {"layer", true}},
                           "share of all links together, or of each layer's links"),
                    replicate().only_if("order", {"random"})}},
      act);
}

}  // namespace espalier::robust
