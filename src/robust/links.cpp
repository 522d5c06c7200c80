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

void remove_from(net::DenseLayer& layer, std::span<const std::uint8_t> removed) {
  for (std::size_t link = 0; link < removed.size(); ++link)
    if (removed[link]) layer.weight.data()[link] = 0;
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

std::span<float> weights(net::Layer& layer) {
  if (auto* sparse = std::get_if<net::SparseLayer>(&layer)) return sparse->weight;
  net::Matrix& W = std::get<net::DenseLayer>(layer).weight;
  return {W.data(), static_cast<std::size_t>(W.size())};
}

std::span<const float> weights(const net::Layer& layer) {
  if (const auto* sparse = std::get_if<net::SparseLayer>(&layer)) return sparse->weight;
  const net::Matrix& W = std::get<net::DenseLayer>(layer).weight;
  return {W.data(), static_cast<std::size_t>(W.size())};
}

Ends ends(const net::Layer& layer) {
  const std::size_t links = weights(layer).size();
  Ends out{std::vector<std::uint32_t>(links), {}};
  if (const auto* sparse = std::get_if<net::SparseLayer>(&layer)) {
    out.to = sparse->target;
    for (std::uint32_t input = 0; input < sparse->inputs; ++input)
      std::fill(out.from.begin() + sparse->start[input], out.from.begin() + sparse->start[input + 1], input);
    return out;
  }
  out.to.resize(links);
  const std::uint32_t inputs = net::inputs(layer);
  for (std::size_t link = 0; link < links; ++link) {
    out.from[link] = static_cast<std::uint32_t>(link % inputs);
    out.to[link] = static_cast<std::uint32_t>(link / inputs);
  }
  return out;
}

void remove_links(net::Layer& layer, std::span<const std::uint8_t> removed) {
  std::visit([&](auto& l) { remove_from(l, removed); }, layer);
}

std::uint32_t touched(double level, std::size_t links) {
  return static_cast<std::uint32_t>(std::llround(level * static_cast<double>(links)));
}

}  // namespace espalier::robust
