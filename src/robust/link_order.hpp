// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "espalier/net/network.hpp"

namespace espalier::robust {

/// Score of every link of one layer, in the order of weights(layer). A weight of 0 in a dense layer does not count as a link: 0.
using LinkScores = std::vector<double>;

/// k_out(i) * k_in(j) of each link i -> j of layer `l`: how many links of the layer leave its input neuron, and enter its output
/// neuron.
LinkScores degree_products(const net::Network& network, std::size_t l);

/// Paths of links from any input of the network to any output that run through each link, layer by layer: the forward path
/// count of its input neuron times the backward path count of its output neuron (edge betweenness on the layered graph).
/// Exact while the network has fewer than 2^53 paths.
std::vector<LinkScores> path_counts(const net::Network& network);

/// Which links are removed first: of smallest or largest |w|, of the largest degree_products() or path_counts().
enum class LinkOrder { weakest, strongest, degree, path_count };

/// The links of `layers`, numbered through layer after layer, in the order in which they are removed. Ties go by number.
std::vector<std::uint32_t> removal_order(const net::Network& network, std::span<const std::size_t> layers, LinkOrder order);

}  // namespace espalier::robust
