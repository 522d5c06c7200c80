// SPDX-License-Identifier: BSD-3-Clause
#include "train/shapes.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "espalier/core/error.hpp"
#include "fixtures.hpp"

using namespace espalier;
using fixtures::images_of;
using fixtures::model;

namespace {

std::uint64_t sum(const std::vector<std::uint64_t>& x) { return std::accumulate(x.begin(), x.end(), std::uint64_t{0}); }

std::vector<core::LayerShape> hidden_layers(std::uint32_t inputs, std::vector<std::uint32_t> widths) {
  auto layers = train::dense_shapes({inputs, std::move(widths), 10});
  layers.pop_back();
  return layers;
}

}  // namespace

TEST_CASE("a decimal sparsity gives the exact number of links") {
  CHECK(train::link_count(784000, 0.99) == 7840);
  CHECK(train::link_count(1000000, 0.95) == 50000);
  CHECK(train::link_count(1000, 0.3) == 700);
  CHECK(train::link_count(10, 0.99) == 1);  // 10 - floor(9.9)
  CHECK(train::link_count(100, 0.9999) == 1);
  CHECK(train::link_count(12, 0) == 12);
}

TEST_CASE("the default network has three sparse layers of 1 % and a dense output layer") {
  const auto shapes = train::layer_shapes(model("set", 0.99), images_of(28, 28, 10));

  CHECK(shapes == std::vector<core::LayerShape>{
                      {784, 1000, 7840, true}, {1000, 1000, 10000, true}, {1000, 1000, 10000, true}, {1000, 10, 10000, false}});
}

TEST_CASE("a dense network has all links and no sparse layer") {
  for (const auto& shape : train::layer_shapes(model("dense", 0), images_of(28, 28, 10))) {
    CHECK_FALSE(shape.sparse);
    CHECK(shape.links == std::uint64_t{shape.inputs} * shape.outputs);
  }
}

TEST_CASE("the small dense network is the one whose number of weights is nearest to the sparse one's") {
  for (const double sparsity :
       {0.3, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995}) {  // the nearest is narrower for some, wider for others
    CAPTURE(sparsity);
    const std::uint64_t wanted = train::total_links(train::layer_shapes(model("set", sparsity), images_of(28, 28, 10)));
    std::uint64_t best = 0, smallest_gap = ~std::uint64_t{0};
    for (std::uint64_t w = 1; w <= 1000; ++w) {  // every width, by the closed form
      const std::uint64_t weights = 784 * w + 2 * w * w + 10 * w;
      const std::uint64_t gap = weights > wanted ? weights - wanted : wanted - weights;
      if (gap < smallest_gap) {
        smallest_gap = gap;
        best = w;
      }
    }

    const auto shapes = train::layer_shapes(model("dense-small", sparsity), images_of(28, 28, 10));

    for (std::size_t l = 0; l < 3; ++l) CHECK(shapes[l].outputs == best);
  }
}

TEST_CASE("the small dense network keeps the proportions of the widths") {
  auto spec = model("dense-small", 0.9, {{"hidden", std::vector<double>{400, 200, 100}}});

  const auto shapes = train::layer_shapes(spec, images_of(28, 28, 10));

  CHECK(std::abs(shapes[0].outputs - 2.0 * shapes[1].outputs) <= 1);  // rounding of each width
  CHECK(std::abs(shapes[0].outputs - 4.0 * shapes[2].outputs) <= 2);
}

TEST_CASE("the small dense network of sparsity 0 is the whole one") {
  const auto shapes = train::layer_shapes(model("dense-small", 0), images_of(28, 28, 10));

  CHECK(shapes[0].outputs == 1000);
}

TEST_CASE("Erdos-Renyi links have SET's density at the total of the uniform ones") {
  const auto layers = hidden_layers(784, {1000, 500, 200});
  const double epsilon = 0.01 * (784e3 + 500e3 + 100e3) / (1784 + 1500 + 700);

  const auto counts = train::link_counts(layers, 0.99, train::LinkLaw::er);

  CHECK(sum(counts) == sum(train::link_counts(layers, 0.99, train::LinkLaw::uniform)));
  for (std::size_t l = 0; l < layers.size(); ++l)
    CHECK(std::abs(static_cast<double>(counts[l]) - epsilon * (layers[l].inputs + layers[l].outputs)) <= 1);  // rounding
}

TEST_CASE("er leaves out what a full layer cannot take, erk gives it to the other layers") {
  const auto layers = hidden_layers(784, {1000, 1000, 4});
  const auto uniform = train::link_counts(layers, 0.7, train::LinkLaw::uniform);

  const auto er = train::link_counts(layers, 0.7, train::LinkLaw::er), erk = train::link_counts(layers, 0.7, train::LinkLaw::erk);

  CHECK(er[2] == 4000);
  CHECK(erk[2] == 4000);
  CHECK(sum(erk) == sum(uniform));
  CHECK(sum(er) < sum(uniform));
  const double ratio = static_cast<double>(erk[0]) / static_cast<double>(erk[1]);
  CHECK(std::abs(ratio - 1784.0 / 2000) < 1e-5);  // rounding of counts above 10^5
}

TEST_CASE("hidden widths must be whole and at least one") {
  for (const auto& hidden : {std::vector<double>{}, std::vector<double>{10.5}, std::vector<double>{0}})
    CHECK_THROWS_AS(train::layer_shapes(model("set", 0.9, {{"hidden", hidden}}), images_of(28, 28, 10)), core::UserError);
}
