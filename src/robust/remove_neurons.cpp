// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "robust/kinds.hpp"
#include "robust/links.hpp"

namespace espalier::robust {
namespace {

enum class Order { random, degree };

struct RemoveNeurons : RandomDamage {
  double level = 0;
  Order order = Order::random;
};

/// Degree (live links in and out) of every hidden neuron, numbered through layer after layer. The neurons of a convolution are
/// its filters.
std::vector<std::uint64_t> degrees(const net::Network& network) {
  std::vector<std::uint64_t> all;
  const std::vector<Nodes> levels = nodes(network);
  std::size_t below = 0;  // number of the first neuron under the layer, for layers above the first
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    const bool first = l == 0, last = l + 1 == network.layers.size();
    const std::size_t above = all.size();
    if (!last) all.resize(above + levels[l + 1].count, 0);
    for_each_link(network, l, [&](std::size_t, std::uint32_t from, std::uint32_t to) {
      if (!first) ++all[below + from];
      if (!last) ++all[above + to];
    });
    below = above;
  }
  return all;
}

std::vector<std::uint32_t> removal_order(const net::Network& network, const RemoveNeurons& settings, const core::Stream& stream) {
  const std::vector<std::uint64_t> degree = degrees(network);
  const auto neurons = static_cast<std::uint32_t>(degree.size());
  if (settings.order == Order::random) return core::permutation(neurons, stream.random(settings.replicate));
  std::vector<std::uint32_t> order(neurons);
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, [&](std::uint32_t a, std::uint32_t b) { return degree[a] > degree[b]; });
  return order;
}

/// Removes the links into and out of the hidden neurons with gone[neuron] != 0.
void remove_links_of(net::Network& network, const std::vector<std::uint8_t>& gone) {
  const std::vector<Nodes> levels = nodes(network);
  std::size_t below = 0, above = 0;
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    const bool first = l == 0, last = l + 1 == network.layers.size();
    const Ends at = ends(network.layers[l]);
    std::vector<std::uint8_t> removed(at.to.size(), 0);
    for (std::size_t i = 0; i < removed.size(); ++i)
      removed[i] = (!first && gone[below + at.from[i] / levels[l].units]) || (!last && gone[above + at.to[i]]);
    remove_links(network.layers[l], removed);
    below = above;
    above += levels[l + 1].count;
  }
}

net::Network act(const net::Network& network, const RemoveNeurons& settings, const core::Stream& stream) {
  net::Network damaged = network;
  const auto order = removal_order(network, settings, stream);
  std::vector<std::uint8_t> gone(order.size(), 0);
  const std::uint32_t count = touched(settings.level, order.size());
  for (std::uint32_t i = 0; i < count; ++i) gone[order[i]] = 1;
  remove_links_of(damaged, gone);
  return damaged;
}

}  // namespace

Perturbation remove_neurons() {
  return damage(
      {.name = "remove-neurons",
       .description =
           "removes all links of hidden neurons, including those to the output layer, without retraining; of a convolution, "
           "whole filters",
       .settings = {setting("level", &RemoveNeurons::level, {0, 1}, "share of the hidden neurons",
                            "round(level * neurons) of all hidden neurons")
                        .required(),
                    choice("order", &RemoveNeurons::order, {{"random", Order::random}, {"degree", Order::degree}},
                           "order of removal: random, or by the number of links, most first, ranked once; lower levels "
                           "remove a subset of higher ones"),
                    replicate().only_if("order", {"random"})}},
      act);
}

}  // namespace espalier::robust
