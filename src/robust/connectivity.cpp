// SPDX-License-Identifier: BSD-3-Clause
#include "robust/connectivity.hpp"

#include <algorithm>
#include <vector>

#include "robust/links.hpp"

namespace espalier::robust {
namespace {

using Reached = std::vector<std::uint8_t>;  ///< 1: a path of links joins the neuron to an input

Reached through(const net::SparseLayer& layer, const Reached& below) {
  Reached above(layer.outputs, 0);
  for (std::uint32_t input = 0; input < layer.inputs; ++input)
    for (std::uint32_t link = layer.start[input]; below[input] && link < layer.start[input + 1]; ++link)
      above[layer.target[link]] = 1;
  return above;
}

Reached through(const net::DenseLayer& layer, const Reached& below) {
  const net::Matrix& W = layer.weight;
  Reached above(static_cast<std::size_t>(W.rows()), 0);
  for (Eigen::Index k = 0; k < W.rows(); ++k)
    for (Eigen::Index d = 0; d < W.cols() && !above[static_cast<std::size_t>(k)]; ++d)
      above[static_cast<std::size_t>(k)] = below[static_cast<std::size_t>(d)] && W(k, d) != 0;
  return above;
}

}  // namespace

double live_outputs(const net::Network& network) {
  Reached reached(net::inputs(network.layers.front()), 1);
  for (const net::Layer& layer : network.layers) reached = std::visit([&](const auto& l) { return through(l, reached); }, layer);
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
