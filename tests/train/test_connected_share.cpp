// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "fixtures.hpp"
#include "train/census.hpp"

using namespace espalier;

namespace {

using Neuron = std::pair<std::size_t, std::uint32_t>;  ///< level (0: inputs), number
using Links = std::set<std::pair<Neuron, Neuron>>;

/// The links of all paths from an input to an output, by walking every one of them.
Links walked(const net::Network& network) {
  Links out;
  std::vector<std::pair<Neuron, Neuron>> path;
  const std::function<void(Neuron)> walk = [&](Neuron at) {
    if (at.first == network.layers.size()) {
      out.insert(path.begin(), path.end());
      return;
    }
    const auto go = [&](std::uint32_t k) {
      path.push_back({at, {at.first + 1, k}});
      walk(path.back().second);
      path.pop_back();
    };
    const net::Layer& layer = network.layers[at.first];
    if (const auto* s = std::get_if<net::SparseLayer>(&layer)) {
      for (std::uint32_t link = s->start[at.second]; link < s->start[at.second + 1]; ++link) go(s->target[link]);
    } else {
      for (std::uint32_t k = 0; k < net::outputs(layer); ++k) go(k);
    }
  };
  for (std::uint32_t j = 0; j < net::inputs(network.layers.front()); ++j) walk({0, j});
  return out;
}

/// Hidden neurons of the largest part, by spreading the smallest name along links until nothing changes.
double largest_part(const Links& links, std::size_t output_level) {
  std::map<Neuron, Neuron> name;
  for (const auto& [a, b] : links) name[a] = a, name[b] = b;
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [a, b] : links) {
      const Neuron least = std::min(name[a], name[b]);
      changed = changed || name[a] != least || name[b] != least;
      name[a] = name[b] = least;
    }
  }
  std::map<Neuron, double> size;
  for (const auto& [neuron, part] : name) size[part] += neuron.first > 0 && neuron.first < output_level;
  double largest = 0;
  for (const auto& [part, count] : size) largest = std::max(largest, count);
  return largest;
}

}  // namespace

TEST_CASE("the connected share equals a walk along every path and a spread of names, with sparse and dense output layers") {
  core::Random random(2, 7, 1);
  std::set<double> seen;
  for (std::uint64_t trial = 0; trial < 200; ++trial) {
    net::Network network;
    for (std::uint64_t l = 0; l < 3; ++l) network.layers.push_back(fixtures::layer(6, 6, 1 + random.below(9), 3 * trial + l));
    if (trial % 2 == 0) network.layers.push_back(net::DenseLayer{net::Matrix::Ones(3, 6), {0, 0, 0}});
    const std::size_t hidden = 6 * (network.layers.size() - 1);

    const double share = train::connected_share(network);

    CHECK(share == largest_part(walked(network), network.layers.size()) / static_cast<double>(hidden));
    seen.insert(share);
  }
  CHECK(seen.size() > 8);
}

TEST_CASE("a dense network is one part, and so is the middle of a network between dense layers") {
  const net::DenseLayer dense{net::Matrix::Ones(4, 4), {0, 0, 0, 0}};

  CHECK(train::connected_share({{dense, dense, dense}}) == 1);
  CHECK(train::connected_share({{dense, fixtures::layer(4, 4, 1, 5), dense}}) == 0.25);
}

TEST_CASE("every degree is counted in the bin whose range holds it") {
  for (std::uint32_t degree = 0; degree < 2000; ++degree) {
    const std::size_t bin = core::degree_bin(degree);

    CHECK(core::first_degree(bin) <= degree);
    CHECK((bin + 1 == core::degree_bins || degree < core::first_degree(bin + 1)));
  }
  CHECK(core::first_degree(core::degree_bins - 1) == 896);
  CHECK(core::degree_bin(~0U) == core::degree_bins - 1);
}
