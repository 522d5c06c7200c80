// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "espalier/net/network.hpp"

/// The links that damage acts on: those of the sparse layers, or, in a network without sparse layers, those of the hidden
/// layers (all but the last layer).
namespace espalier::robust {

/// Numbers of the layers that damage acts on.
std::vector<std::size_t> damaged_layers(const net::Network& network);

using net::weights;

/// Both ends of every link of weights(layer), in its order: input neuron `from`, output neuron `to`; of a convolution, whose
/// weights are its links, input channel and filter.
struct Ends {
  std::vector<std::uint32_t> from, to;
};
Ends ends(const net::Layer& layer);

/// Calls visit(link, from, to) for each live link of the layer, in the order of weights(layer). A weight of 0 in a layer that is
/// not sparse does not count as a link.
template <class Visit>
void for_each_link(const net::Layer& layer, Visit visit) {
  const Ends at = ends(layer);
  const std::span<const float> weight = weights(layer);
  const bool sparse = net::is_sparse(layer);
  for (std::size_t link = 0; link < weight.size(); ++link)
    if (sparse || weight[link] != 0) visit(link, at.from[link], at.to[link]);
}

/// The neurons between two layers of a network as nodes of its graph of links. Behind a convolution, a node is a channel.
struct Nodes {
  std::uint32_t count = 0;
  std::uint32_t units = 1;  ///< of a node, as the layer above counts its inputs
};
/// Nodes at level 0 (the inputs) to the number of layers (the logits).
std::vector<Nodes> nodes(const net::Network& network);

/// The same for layer `l` of a network, whose ends are nodes: `from` at level l, `to` at level l + 1.
template <class Visit>
void for_each_link(const net::Network& network, std::size_t l, Visit visit) {
  const std::uint32_t units = nodes(network)[l].units;
  for_each_link(network.layers[l],
                [&](std::size_t link, std::uint32_t from, std::uint32_t to) { visit(link, from / units, to); });
}

/// Takes the links with removed[link] != 0 out of a sparse layer's pattern; in other layers their weights become 0.
void remove_links(net::Layer& layer, std::span<const std::uint8_t> removed);

/// round(level * links): how many of `links` links a damage of strength `level` touches.
std::uint32_t touched(double level, std::size_t links);

}  // namespace espalier::robust
