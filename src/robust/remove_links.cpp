#include <cstdint>
#include <vector>

#include "robust/kinds.hpp"
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

net::Network act(const net::Network& network, const core::Settings& settings, const Seeds& seeds) {
  net::Network damaged = network;
  const core::Stream stream = seeds.stream(settings.kind);
  const auto replicate = static_cast<std::uint64_t>(settings.integer("replicate"));
  for (const Pool& pool : pools(network, settings.text("over"))) {
    std::size_t links = 0;
    for (const std::size_t l : pool.layers) links += weights(network.layers[l]).size();
    // One permutation for every level: what a lower level removes, a higher level removes too.
    const auto order = core::permutation(static_cast<std::uint32_t>(links), stream.random(replicate, pool.draw));
    remove_from_pool(damaged, pool, settings.number("level"), order);
  }
  return damaged;
}

}  // namespace

Perturbation remove_links() {
  core::Kind kind{.name = "remove-links",
                  .family = "damage",
                  .description = "removes links of the sparse layers (of the hidden layers where none is sparse), no retraining",
                  .parameters = {number("level", 0, 1, "share of the links", "round(level * links) links are removed"),
                                 choice("order", {"random"}, "which links go first; lower levels remove a subset of higher ones"),
                                 choice("over", {"network", "layer"}, "share of all links together, or of each layer's links"),
                                 replicate(), images()},
                  .cost = [](const core::Settings&) { return judged_twice(); }};
  return {std::move(kind), Damage(act)};
}

}  // namespace espalier::robust
