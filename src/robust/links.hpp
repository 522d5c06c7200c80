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

/// Takes the links with removed[link] != 0 out of a sparse layer's pattern; in a dense layer their weights become 0.
void remove_links(net::Layer& layer, std::span<const std::uint8_t> removed);

/// round(level * links): how many of `links` links a damage of strength `level` touches.
std::uint32_t touched(double level, std::size_t links);

}  // namespace espalier::robust
