// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <numeric>

#include "train/census.hpp"

namespace espalier::train {
namespace {

/// Sets of numbers that are joined two at a time.
class Sets {
 public:
  explicit Sets(std::size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }

  std::size_t find(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[find(a)] = find(b); }

 private:
  std::vector<std::size_t> parent_;
};

/// Calls visit(input, output) for every link; of a dense layer, for as many as join the same neurons: the flagged first input
/// with every output, and every input with the flagged first output.
template <typename Visit>
void for_links(const net::Layer& layer, const std::vector<bool>& inputs, const std::vector<bool>& outputs, const Visit& visit) {
  if (const auto* sparse = std::get_if<net::SparseLayer>(&layer)) {
    for (std::uint32_t j = 0; j < sparse->inputs; ++j)
      for (std::uint32_t link = sparse->start[j]; link < sparse->start[j + 1]; ++link) visit(j, sparse->target[link]);
    return;
  }
  const auto first = static_cast<std::size_t>(std::ranges::find(inputs, true) - inputs.begin());
  const auto last = static_cast<std::size_t>(std::ranges::find(outputs, true) - outputs.begin());
  for (std::size_t k = 0; first < inputs.size() && k < outputs.size(); ++k) visit(first, k);
  for (std::size_t j = 0; last < outputs.size() && j < inputs.size(); ++j) visit(j, last);
}

using Levels = std::vector<std::vector<bool>>;  ///< one flag per neuron: inputs, then the outputs of each layer

/// Neurons that a path joins to an input.
Levels fed(const net::Network& network) {
  Levels levels{std::vector<bool>(net::inputs(network.layers.front()), true)};
  for (const net::Layer& layer : network.layers) {
    std::vector<bool> above(net::outputs(layer), false);
    const std::vector<bool> all(above.size(), true);
    for_links(layer, levels.back(), all, [&](auto j, auto k) { above[k] = above[k] || levels.back()[j]; });
    levels.push_back(std::move(above));
  }
  return levels;
}

/// Of those, the ones that a path joins to an output as well.
Levels on_paths(const net::Network& network) {
  Levels levels = fed(network);
  for (std::size_t l = network.layers.size(); l-- > 0;) {
    std::vector<bool> leads_on(levels[l].size(), false);
    for_links(network.layers[l], levels[l], levels[l + 1], [&](auto j, auto k) {
      if (levels[l][j] && levels[l + 1][k]) leads_on[j] = true;
    });
    levels[l] = std::move(leads_on);
  }
  return levels;
}

}  // namespace

double connected_share(const net::Network& network) {
  const Levels levels = on_paths(network);
  std::vector<std::size_t> offset{0};
  for (const auto& level : levels) offset.push_back(offset.back() + level.size());
  Sets sets(offset.back());
  for (std::size_t l = 0; l < network.layers.size(); ++l)
    for_links(network.layers[l], levels[l], levels[l + 1], [&](auto j, auto k) {
      if (levels[l][j] && levels[l + 1][k]) sets.join(offset[l] + j, offset[l + 1] + k);
    });
  std::vector<std::size_t> size(offset.back(), 0);
  std::size_t largest = 0;
  for (std::size_t l = 1; l + 1 < levels.size(); ++l)
    for (std::size_t i = 0; i < levels[l].size(); ++i)
      if (levels[l][i]) largest = std::max(largest, ++size[sets.find(offset[l] + i)]);
  const std::size_t hidden = offset[levels.size() - 1] - offset[1];
  return hidden == 0 ? 0 : static_cast<double>(largest) / static_cast<double>(hidden);
}

}  // namespace espalier::train
