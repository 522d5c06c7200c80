// SPDX-License-Identifier: BSD-3-Clause
#include "robust/connectivity.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "robust/links.hpp"

namespace espalier::robust {
namespace {

using Reached = std::vector<std::uint8_t>;  ///< 1: a path of links joins the neuron to an input

}  // namespace

double live_outputs(const net::Network& network) {
  const std::vector<Nodes> levels = nodes(network);
  Reached reached(levels.front().count, 1);
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    Reached above(levels[l + 1].count, 0);
    for_each_link(network, l, [&](std::size_t, std::uint32_t from, std::uint32_t to) { above[to] |= reached[from]; });
    reached = std::move(above);
  }
  return static_cast<double>(std::ranges::count(reached, 1)) / static_cast<double>(reached.size());
}

std::uint64_t live_links(const net::Network& network) {
  std::uint64_t live = 0;
  for (const std::size_t l : damaged_layers(network)) {
    const auto weight = weights(network.layers[l]);
    live += net::is_sparse(network.layers[l]) ? weight.size()
                                              : weight.size() - static_cast<std::size_t>(std::ranges::count(weight, 0.0f));
  }
  return live;
}

}  // namespace espalier::robust
