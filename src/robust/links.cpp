// SPDX-License-Identifier: BSD-3-Clause
#include "robust/links.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

namespace espalier::robust {
namespace {

void remove_from(net::SparseLayer& layer, std::span<const std::uint8_t> removed) {
  std::uint32_t kept = 0;
  std::uint32_t link = 0;
  for (std::uint32_t input = 0; input < layer.inputs; ++input) {
    const std::uint32_t end = layer.start[input + 1];
    layer.start[input] = kept;
    for (; link < end; ++link) {
      if (removed[link]) continue;
      layer.target[kept] = layer.target[link];
      layer.weight[kept++] = layer.weight[link];
    }
  }
  layer.start[layer.inputs] = kept;
  layer.target.resize(kept);
  layer.weight.resize(kept);
  net::index_by_output(layer);
}

/// Ends of links that are outputs x inputs x `each`, row by row.
Ends ends_of_grid(std::uint32_t outputs, std::uint32_t inputs, std::uint32_t each) {
  const std::size_t links = std::size_t{outputs} * inputs * each;
  Ends out{std::vector<std::uint32_t>(links), std::vector<std::uint32_t>(links)};
  for (std::size_t link = 0; link < links; ++link) {
    out.from[link] = static_cast<std::uint32_t>(link / each % inputs);
    out.to[link] = static_cast<std::uint32_t>(link / each / inputs);
  }
  return out;
}

}  // namespace

std::vector<std::size_t> damaged_layers(const net::Network& network) {
  std::vector<std::size_t> sparse, hidden;
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    if (net::is_sparse(network.layers[l])) sparse.push_back(l);
    if (l + 1 < network.layers.size()) hidden.push_back(l);
  }
  return sparse.empty() ? hidden : sparse;
}

Ends ends(const net::Layer& layer) {
  if (const auto* convolution = std::get_if<net::ConvolutionLayer>(&layer)) {
    const core::Filters& f = convolution->shape;
    return ends_of_grid(f.count, f.channels, f.kernel * f.kernel);
  }
  const auto* sparse = std::get_if<net::SparseLayer>(&layer);
  if (!sparse) return ends_of_grid(net::outputs(layer), net::inputs(layer), 1);
  Ends out{std::vector<std::uint32_t>(sparse->target.size()), sparse->target};
  for (std::uint32_t input = 0; input < sparse->inputs; ++input)
    std::fill(out.from.begin() + sparse->start[input], out.from.begin() + sparse->start[input + 1], input);
  return out;
}

std::vector<Nodes> nodes(const net::Network& network) {
  std::vector<Nodes> levels{{net::inputs(network.layers.front()), 1}};
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    const auto* convolution = std::get_if<net::ConvolutionLayer>(&network.layers[l]);
    const std::uint32_t outputs = net::outputs(network.layers[l]);
    if (convolution) levels[l] = {convolution->shape.channels, 1};  // it counts channels itself
    levels.push_back(convolution ? Nodes{convolution->shape.count, outputs / convolution->shape.count} : Nodes{outputs, 1});
  }
  return levels;
}

void remove_links(net::Layer& layer, std::span<const std::uint8_t> removed) {
  if (auto* sparse = std::get_if<net::SparseLayer>(&layer)) return remove_from(*sparse, removed);
  const std::span<float> weight = weights(layer);
  for (std::size_t link = 0; link < removed.size(); ++link)
    if (removed[link]) weight[link] = 0;
}

std::uint32_t touched(double level, std::size_t links) {
  return static_cast<std::uint32_t>(std::llround(level * static_cast<double>(links)));
}

}  // namespace espalier::robust
