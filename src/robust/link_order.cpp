// SPDX-License-Identifier: BSD-3-Clause
#include "robust/link_order.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "robust/links.hpp"

namespace espalier::robust {
namespace {

using Counts = std::vector<double>;  ///< paths that reach, or leave, each neuron of one layer

Counts paths_into(const net::Network& network, std::size_t l, const Counts& below, std::size_t nodes_above) {
  Counts above(nodes_above, 0);
  for_each_link(network, l, [&](std::size_t, std::uint32_t from, std::uint32_t to) { above[to] += below[from]; });
  return above;
}

Counts paths_out_of(const net::Network& network, std::size_t l, const Counts& above, std::size_t nodes_below) {
  Counts below(nodes_below, 0);
  for_each_link(network, l, [&](std::size_t, std::uint32_t from, std::uint32_t to) { below[from] += above[to]; });
  return below;
}

/// |w| of each link, times `sign`.
LinkScores magnitudes(const net::Layer& layer, double sign) {
  LinkScores scores;
  for (const float w : weights(layer)) scores.push_back(sign * std::abs(static_cast<double>(w)));
  return scores;
}

/// Scores of all layers: the link with the largest goes first.
std::vector<LinkScores> scores_of(const net::Network& network, LinkOrder order) {
  if (order == LinkOrder::path_count) return path_counts(network);
  std::vector<LinkScores> scores;
  for (std::size_t l = 0; l < network.layers.size(); ++l)
    scores.push_back(order == LinkOrder::degree ? degree_products(network, l)
                                                : magnitudes(network.layers[l], order == LinkOrder::strongest ? 1 : -1));
  return scores;
}

}  // namespace

LinkScores degree_products(const net::Network& network, std::size_t l) {
  const std::vector<Nodes> levels = nodes(network);
  const Counts leave = paths_out_of(network, l, Counts(levels[l + 1].count, 1), levels[l].count);
  const Counts enter = paths_into(network, l, Counts(levels[l].count, 1), levels[l + 1].count);
  LinkScores scores(weights(network.layers[l]).size(), 0);
  for_each_link(network, l,
                [&](std::size_t link, std::uint32_t from, std::uint32_t to) { scores[link] = leave[from] * enter[to]; });
  return scores;
}

std::vector<LinkScores> path_counts(const net::Network& network) {
  const std::size_t layers = network.layers.size();
  const std::vector<Nodes> levels = nodes(network);
  std::vector<Counts> backward(layers + 1);
  backward[layers] = Counts(levels[layers].count, 1);
  for (std::size_t l = layers; l-- > 0;) backward[l] = paths_out_of(network, l, backward[l + 1], levels[l].count);

  std::vector<LinkScores> scores;
  Counts forward(levels[0].count, 1);
  for (std::size_t l = 0; l < layers; ++l) {
    scores.emplace_back(weights(network.layers[l]).size(), 0);
    for_each_link(network, l, [&](std::size_t link, std::uint32_t from, std::uint32_t to) {
      scores[l][link] = forward[from] * backward[l + 1][to];
    });
    forward = paths_into(network, l, forward, levels[l + 1].count);
  }
  return scores;
}

std::vector<std::uint32_t> removal_order(const net::Network& network, std::span<const std::size_t> layers, LinkOrder order) {
  const std::vector<LinkScores> all = scores_of(network, order);
  LinkScores scores;
  for (const std::size_t l : layers) scores.insert(scores.end(), all[l].begin(), all[l].end());
  std::vector<std::uint32_t> links(scores.size());
  std::iota(links.begin(), links.end(), 0u);
  std::ranges::stable_sort(links, [&](std::uint32_t a, std::uint32_t b) { return scores[a] > scores[b]; });
  return links;
}

}  // namespace espalier::robust
