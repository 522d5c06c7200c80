// SPDX-License-Identifier: BSD-3-Clause
#include "train/networks.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "espalier/core/error.hpp"
#include "train/fixtures.hpp"
#include "train/initial_weights.hpp"
#include "train/shapes.hpp"

using namespace espalier;
using fixtures::images_of;
using fixtures::model;

namespace {

using Text = std::vector<std::pair<std::string, core::Value>>;

core::ModelSpec convolutional(const std::string& topology, const std::string& network, double sparsity = 0.9) {
  return model(topology, sparsity, {{"network", network}});
}

core::ModelSpec layered(const std::string& layers, const std::string& topology = "dense") {
  return model(topology, 0.9, {{"network", std::string("layers")}, {"layers", layers}});
}

std::uint64_t parameters(const std::vector<core::LayerShape>& layers) {
  std::uint64_t sum = 0;
  for (const core::LayerShape& layer : layers) sum += layer.links + layer.biases();
  return sum;
}

std::vector<std::uint32_t> outputs(const std::vector<core::LayerShape>& layers) {
  std::vector<std::uint32_t> out;
  for (const core::LayerShape& layer : layers) out.push_back(layer.outputs);
  return out;
}

/// What is said about the network `spec` on 28 x 28 images.
std::string refusal(const core::ModelSpec& spec) {
  try {
    train::layer_shapes(spec, images_of(28, 28, 10));
  } catch (const core::UserError& error) {
    return error.what();
  }
  return "";
}

bool says(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the named networks have the numbers of parameters and the sites of arXiv 2606.13801") {
  const auto images = images_of(28, 28, 10);
  const auto v1 = train::layer_shapes(convolutional("dense", "1c5f"), images);
  const auto v2 = train::layer_shapes(convolutional("dense", "3c3f"), images);
  const auto v3 = train::layer_shapes(convolutional("dense", "2c3f"), images);
  CHECK(parameters(v1) == 814298);
  CHECK(parameters(v2) == 20982);
  CHECK(parameters(v3) == 16102);
  CHECK(outputs(v1) == std::vector<std::uint32_t>{6272, 128, 64, 32, 16, 10});
  CHECK(outputs(v2) == std::vector<std::uint32_t>{1176, 3136, 400, 32, 16, 10});
  CHECK(outputs(v3) == std::vector<std::uint32_t>{1176, 400, 32, 16, 10});
  CHECK(std::accumulate(v2.begin(), v2.end(), std::uint64_t{0},
                        [](std::uint64_t sum, const core::LayerShape& layer) { return sum + layer.products(); }) == 940416);
}

TEST_CASE("a network given layer by layer is the named one") {
  const std::string same =
      "conv=6 kernel=5 padding=2; pool=2; conv=16 kernel=3 padding=1; conv=16 kernel=5 padding=0; pool=2; "
      "dense=32; dense=16";
  CHECK(train::layer_shapes(layered(same, "set"), images_of(28, 28, 10)) ==
        train::layer_shapes(convolutional("set", "3c3f"), images_of(28, 28, 10)));
}

TEST_CASE("topology rules act on the fully connected hidden layers, convolutions and the output layer stay dense") {
  const auto layers = train::layer_shapes(convolutional("set", "3c3f", 0.9), images_of(28, 28, 10));
  std::vector<bool> sparse;
  for (const core::LayerShape& layer : layers) sparse.push_back(layer.sparse);
  CHECK(sparse == std::vector<bool>{false, false, false, true, true, false});
  CHECK(layers[3].links == 1280);

  const auto small = train::layer_shapes(convolutional("dense-small", "3c3f", 0.9), images_of(28, 28, 10));
  CHECK(small[2] == layers[2]);
  CHECK(small[3].outputs < 32);
}

TEST_CASE("colour images and odd sides fit") {
  data::DatasetShape images = images_of(31, 29, 4);
  images.channels = 3;
  const auto layers = train::layer_shapes(layered("conv=5 kernel=4 padding=0; pool=2; dense=7"), images);
  CHECK(layers[0].filters == core::Filters{3, 31, 29, 5, 4, 0, 2});
  CHECK(outputs(layers) == std::vector<std::uint32_t>{5 * 14 * 13, 7, 4});
}

TEST_CASE("layers that do not fit are refused with the layer, what it sees and what is allowed") {
  const std::string large = refusal(layered("conv=6 kernel=31 padding=1; dense=4"));
  CHECK(says(large, "layer 1 (conv=6 kernel=31 padding=1) sees 1 x 28 x 28 inputs"));
  CHECK(says(large, "'kernel' must be from 1 to 30"));
  CHECK(says(refusal(layered("conv=6 kernel=3 padding=3")), "'padding' must be from 0 to 2"));
  CHECK(says(refusal(layered("conv=6 kernel=2 padding=0; pool=2; dense=4")), "both sides must be multiples of 2"));
  CHECK(says(refusal(layered("pool=2; dense=4")), "'pool' must follow a convolution"));
  CHECK(says(refusal(layered("conv=6 kernel=3 padding=1; pool=2; pool=2")), "'pool' must follow a convolution"));
  CHECK(says(refusal(layered("dense=4; conv=6 kernel=3 padding=0")), "before the fully connected layers"));
  CHECK(says(refusal(layered("conv=6 kernel=3 padding=0", "set")), "topology 'set' applies to fully connected hidden layers"));
  CHECK(refusal(layered("conv=6 kernel=3 padding=0")).empty());
}

TEST_CASE("PyTorch's initial weights and biases are uniform within 1 / sqrt(fan-in) of the links that each neuron has") {
  const core::Stream stream(3, "test");
  net::SparseLayer sparse = fixtures::layer(400, 300, 6000, 1);
  for (net::Layer layer :
       {net::Layer(sparse), net::Layer(net::DenseLayer{net::Matrix(50, 144), std::vector<float>(50)}),
        net::Layer(net::ConvolutionLayer{{16, 9, 9, 60, 3, 1, 1}, std::vector<float>(8640), std::vector<float>(60)})}) {
    train::draw_weights(layer, train::Init::pytorch, stream, 2);
    const auto weight = net::weights(layer);
    std::vector<double> share;  // of the bound
    for (std::size_t link = 0; link < weight.size(); ++link) {
      double fan_in = net::is_sparse(layer) ? 0 : 144;
      if (const auto* s = std::get_if<net::SparseLayer>(&layer)) {
        const auto k = s->target[link];
        fan_in = s->in_start[k + 1] - s->in_start[k];
      }
      share.push_back(static_cast<double>(weight[link]) * std::sqrt(fan_in));
    }
    double mean = 0, squares = 0;
    for (const double x : share) {
      CHECK(std::abs(x) <= 1.0000001);
      mean += x / static_cast<double>(share.size());
      squares += x * x / static_cast<double>(share.size());
    }
    const double error = 1 / std::sqrt(static_cast<double>(share.size()));
    CHECK(std::abs(mean) < 4 * std::sqrt(1.0 / 3) * error);
    CHECK(std::abs(squares - 1.0 / 3) < 4 * std::sqrt(4.0 / 45) * error);
    CHECK(std::ranges::any_of(net::biases(layer), [](float b) { return b != 0; }));
    const auto again = [&] {
      net::Layer copy = layer;
      train::draw_weights(copy, train::Init::pytorch, stream, 2);
      return std::ranges::equal(net::weights(copy), net::weights(layer));
    };
    CHECK(again());
  }
}
