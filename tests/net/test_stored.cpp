// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "net/convolutions.hpp"

using namespace espalier;
using namespace espalier::net::fixtures;

TEST_CASE("a network survives storing with every bit, its index by output included") {
  const auto before = network();

  const auto after = net::from_stored(net::to_stored(before), before.input_mean, before.input_sd);

  REQUIRE(after.layers.size() == before.layers.size());
  CHECK(after.input_mean == before.input_mean);
  CHECK(after.input_sd == before.input_sd);
  for (std::size_t l = 0; l < 2; ++l) {
    const auto& a = std::get<net::SparseLayer>(before.layers[l]);
    const auto& b = std::get<net::SparseLayer>(after.layers[l]);
    CHECK(b.start == a.start);
    CHECK(b.target == a.target);
    CHECK(b.weight == a.weight);
    CHECK(b.bias == a.bias);
    CHECK(b.in_start == a.in_start);
    CHECK(b.in_source == a.in_source);
    CHECK(b.in_link == a.in_link);
  }
  CHECK(std::get<net::DenseLayer>(after.layers[2]).weight == std::get<net::DenseLayer>(before.layers[2]).weight);
  CHECK(net::shape(after.layers[0]) == core::LayerShape{37, 53, net::links(before.layers[0]), true});
  CHECK(net::shape(after.layers[3]) == core::LayerShape{29, 7, 203, false});
}

TEST_CASE("the index by output lists each output's links in increasing order of their inputs") {
  net::SparseLayer layer;
  layer.inputs = 3, layer.outputs = 4;
  layer.start = {0, 2, 2, 5};
  layer.target = {0, 3, 0, 1, 3};
  layer.weight.resize(5);

  net::index_by_output(layer);

  CHECK(layer.in_start == std::vector<std::uint32_t>{0, 2, 3, 3, 5});
  CHECK(layer.in_source == std::vector<std::uint32_t>{0, 2, 2, 0, 2});
  CHECK(layer.in_link == std::vector<std::uint32_t>{0, 2, 3, 1, 4});
}

TEST_CASE("stored networks that make no sense are refused") {
  using Layers = std::vector<core::LayerData>;
  const auto refused = [](const std::function<void(Layers&)>& damage) {
    auto layers = net::to_stored(network());
    damage(layers);
    CHECK_THROWS_AS(net::from_stored(layers, 0, 1), std::runtime_error);
  };

  refused([](Layers& l) { l[0].start.pop_back(); });
  refused([](Layers& l) { l[0].start.clear(); });
  refused([](Layers& l) { l[0].start[0] = 1; });
  refused([](Layers& l) { l[0].start[3] = 1000000; });
  refused([](Layers& l) { l[0].start.back() -= 1; });
  refused([](Layers& l) { l[0].target[0] = l[0].shape.outputs; });
  refused([](Layers& l) { l[0].target[l[0].start[2] + 1] = l[0].target[l[0].start[2]]; });
  refused([](Layers& l) { l[0].weight.pop_back(); });
  refused([](Layers& l) { l[1].bias.pop_back(); });
  refused([](Layers& l) { l[2].weight.pop_back(); });
  refused([](Layers& l) { l[3].start = {0, 1}; });
  refused([](Layers& l) { l.erase(l.begin() + 1); });
}

TEST_CASE("a convolutional network that was stored and read again is the same") {
  for (const net::Network& before : convolutional_networks()) {
    const auto stored = net::to_stored(before);
    const auto after = net::from_stored(stored, before.input_mean, before.input_sd);
    CHECK(after.activation == before.activation);
    REQUIRE(after.layers.size() == before.layers.size());
    for (std::size_t l = 0; l < before.layers.size(); ++l) {
      CHECK(net::shape(after.layers[l]) == net::shape(before.layers[l]));
      CHECK(std::ranges::equal(net::weights(after.layers[l]), net::weights(before.layers[l])));
      CHECK(std::ranges::equal(net::biases(after.layers[l]), net::biases(before.layers[l])));
    }
  }
}

TEST_CASE("stored convolutions that make no sense are refused") {
  const auto refused = [](const std::function<void(core::LayerData&)>& damage) {
    auto layers = net::to_stored(convolutional_networks().front());
    damage(layers[1]);
    CHECK_THROWS_AS(net::from_stored(layers, 0, 1), std::runtime_error);
  };

  refused([](core::LayerData& l) { l.shape.filters.kernel = 0; });
  refused([](core::LayerData& l) { l.shape.filters.kernel = 20; });
  refused([](core::LayerData& l) { l.shape.filters.padding = l.shape.filters.kernel; });
  refused([](core::LayerData& l) { l.shape.filters.pool = 0; });
  refused([](core::LayerData& l) {
    l.shape.filters.pool = 3;
    l.shape.outputs = core::shape_of(l.shape.filters).outputs;
  });
  refused([](core::LayerData& l) {  // 6 x 5 pixels
    l.shape.filters.pool = 2;
    l.shape.outputs = core::shape_of(l.shape.filters).outputs;
  });
  refused([](core::LayerData& l) { l.shape.filters.count += 1; });
  refused([](core::LayerData& l) { l.shape.filters.width += 1; });
  refused([](core::LayerData& l) { l.weight.pop_back(); });
  refused([](core::LayerData& l) { l.bias.pop_back(); });
  refused([](core::LayerData& l) { l.start = {0}; });
}
