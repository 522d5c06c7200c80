// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "robust/damage.hpp"
#include "robust/link_order.hpp"
#include "robust/links.hpp"

using namespace espalier;
using namespace espalier::robust::testing;

namespace {

net::ConvolutionLayer convolution(core::Filters filters, core::Random random) {
  net::ConvolutionLayer layer{filters, {}, std::vector<float>(filters.count, 0.1F)};
  for (std::uint64_t k = 0; k < core::shape_of(filters).links; ++k) layer.weight.push_back(static_cast<float>(random.gaussian()));
  return layer;
}

/// Two convolutions (3 filters, then 4, pooled to 2 x 2), 5 neurons, 3 classes.
net::Network network(bool sparse = false) {
  const core::Stream stream(11, "test-network");
  net::Network out;
  out.layers.push_back(convolution({1, 6, 6, 3, 3, 1}, stream.random(0)));
  out.layers.push_back(convolution({3, 6, 6, 4, 3, 0, 2}, stream.random(1)));
  if (sparse)
    out.layers.push_back(sparse_layer(16, 5, 0.5, stream.random(2)));
  else
    out.layers.push_back(dense_layer(16, 5, stream.random(2)));
  out.layers.push_back(dense_layer(5, 3, stream.random(3)));
  return out;
}

std::size_t zeros(const net::Layer& layer) { return static_cast<std::size_t>(std::ranges::count(net::weights(layer), 0.0F)); }

}  // namespace

TEST_CASE("without sparse layers, weight damage acts on filters and hidden layers, with one, on that alone") {
  const net::Network dense = network();
  const net::Network after = damaged(dense, settings("remove-links", {{"level", 0.5}, {"over", std::string("layer")}}));
  for (const std::size_t l : {0U, 1U, 2U}) CHECK(zeros(after.layers[l]) == (net::weights(dense.layers[l]).size() + 1) / 2);
  CHECK(zeros(after.layers[3]) == 0);

  const net::Network cut = damaged(network(true), settings("remove-links", {{"level", 0.5}}));
  CHECK(zeros(cut.layers[0]) == 0);
  CHECK(net::links(cut.layers[2]) < net::links(network(true).layers[2]));
}

TEST_CASE("a removed neuron of a convolution is a filter: its weights, and what the next layer reads of its channel") {
  // Filters 3 + 4 and 5 neurons; all of them are removed, so nothing is left but the biases.
  const net::Network all = damaged(network(), settings("remove-neurons", {{"level", 1.0}}));
  for (std::size_t l = 0; l < all.layers.size(); ++l) CHECK(zeros(all.layers[l]) == net::weights(all.layers[l]).size());

  const net::Network one =
      damaged(network(), settings("remove-neurons", {{"level", 1.0 / 12}, {"order", std::string("degree")}}));
  // Degrees: filters of the first layer 9 + 36, of the second 27 + 20, neurons 16 + 3: a filter of the second goes first.
  CHECK(zeros(one.layers[1]) == 27);
  CHECK(zeros(one.layers[2]) == 20);
  for (std::size_t unit = 0; unit < 4; ++unit) CHECK(net::weights(one.layers[2])[unit] == 0);
}

TEST_CASE("paths through filters, counted one by one") {
  net::Network net = network();
  net::weights(net.layers[0])[4] = 0;
  net::weights(net.layers[2])[7] = 0;
  const auto counted = robust::path_counts(net);
  const auto levels = robust::nodes(net);
  // All paths: one weight of each layer whose ends meet at nodes.
  std::vector<robust::LinkScores> wanted;
  for (const auto& layer : net.layers) wanted.emplace_back(net::weights(layer).size(), 0);
  std::vector<std::vector<std::array<std::size_t, 3>>> links(4);
  for (std::size_t l = 0; l < 4; ++l)
    robust::for_each_link(net, l, [&](std::size_t link, std::uint32_t from, std::uint32_t to) {
      CHECK(from < levels[l].count);
      CHECK(to < levels[l + 1].count);
      links[l].push_back({link, from, to});
    });
  for (const auto& a : links[0])
    for (const auto& b : links[1])
      for (const auto& c : links[2])
        for (const auto& d : links[3])
          if (a[2] == b[1] && b[2] == c[1] && c[2] == d[1]) {
            ++wanted[0][a[0]];
            ++wanted[1][b[0]];
            ++wanted[2][c[0]];
            ++wanted[3][d[0]];
          }
  CHECK(counted == wanted);
}

TEST_CASE("weights that change places within a fan-in stay in their filter") {
  const net::Network before = network();
  const net::Network after = damaged(before, settings("shuffle-weights", {{"level", 1.0}, {"within", std::string("fan-in")}}));
  for (std::size_t filter = 0; filter < 4; ++filter) {
    const auto part = [&](const net::Network& net) {
      const auto all = net::weights(net.layers[1]).subspan(filter * 27, 27);
      std::vector<float> sorted(all.begin(), all.end());
      std::ranges::sort(sorted);
      return sorted;
    };
    CHECK(part(before) == part(after));
  }
  CHECK_FALSE(std::ranges::equal(net::weights(before.layers[1]), net::weights(after.layers[1])));
}
