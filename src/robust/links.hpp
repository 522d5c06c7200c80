// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "espalier/net/network.hpp"

/// The links that damage acts on: those of the sparse layers, or, in a network without sparse layers, those of the dense
/// hidden layers (all but the last layer).
namespace espalier::robust {

/// Numbers of the layers that damage acts on.
std::vector<std::size_t> damaged_layers(const net::Network& network);

/// Weights of the links of a layer: of a sparse layer by input neuron, of a dense layer K x D row by row.
std::span<float> weights(net::Layer& layer);
std::span<const float> weights(const net::Layer& layer);

/// Both ends of every link of weights(layer), in its order: input neuron `from`, output neuron `to`.
struct Ends {
  std::vector<std::uint32_t> from, to;
};
Ends ends(const net::Layer& layer);

/// Calls visit(link, from, to) for each live link of the layer, in the order of weights(layer). A weight of 0 in a dense layer
/// does not count as a link.
template <class Visit>
void for_each_link(const net::Layer& layer, Visit visit) {
  const Ends at = ends(layer);
  const std::span<const float> weight = weights(layer);
  const bool sparse = net::is_sparse(layer);
  for (std::size_t link = 0; link < weight.size(); ++link)
    if (sparse || weight[link] != 0) visit(link, at.from[link], at.to[link]);
}

/// Takes the links with removed[link] != 0 out of a sparse layer's pattern; in a dense layer their weights become 0.
void remove_links(net::Layer& layer, std::span<const std::uint8_t> removed);

/// round(level * links): how many of `links` links a damage of strength `level` touches.
std::uint32_t touched(double level, std::size_t links);

}  // namespace espalier::robust
