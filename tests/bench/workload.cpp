// SPDX-License-Identifier: BSD-3-Clause
#include "workload.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "espalier/core/random.hpp"

namespace espalier::bench {
namespace {

/// round(density D K) links at random places: a random count per input, then distinct outputs.
net::SparseLayer make_layer(std::uint32_t inputs, std::uint32_t outputs, double density, core::Random random) {
  net::SparseLayer layer;
  layer.inputs = inputs;
  layer.outputs = outputs;
  layer.start.push_back(0);
  const double scale = std::sqrt(2 / (density * inputs));
  for (std::uint32_t j = 0; j < inputs; ++j) {
    for (double i = std::log(1 - random.uniform()) / std::log1p(-density); i < outputs;
         i = std::floor(i) + 1 + std::log(1 - random.uniform()) / std::log1p(-density)) {
      layer.target.push_back(static_cast<std::uint32_t>(i));
      layer.weight.push_back(static_cast<float>(scale * random.gaussian()));
    }
    layer.start.push_back(static_cast<std::uint32_t>(layer.target.size()));
  }
  layer.bias.assign(outputs, 0);
  net::index_by_output(layer);
  return layer;
}

}  // namespace

net::Network make_network(std::uint32_t inputs, std::uint32_t width, int depth, double density, std::uint64_t seed) {
  const core::Stream stream(seed, "bench network");
  net::Network network;
  for (int l = 0; l < depth; ++l)
    network.layers.emplace_back(
        make_layer(l == 0 ? inputs : width, width, density, stream.random(static_cast<std::uint64_t>(l))));
  auto random = stream.random(static_cast<std::uint64_t>(depth));
  net::DenseLayer last{net::Matrix(10, width), std::vector<float>(10)};
  for (auto& w : last.weight.reshaped<Eigen::RowMajor>()) w = static_cast<float>(std::sqrt(2.0 / width) * random.gaussian());
  network.layers.emplace_back(std::move(last));
  return network;
}

net::Network convolutional_network() {
  const core::Stream stream(20260616, "bench convolutions");
  net::Network network{{}, 0, 1, net::Activation::tanh};
  for (const core::Filters& f : {core::Filters{1, 28, 28, 6, 5, 2, 2}, {6, 14, 14, 16, 3, 1}, {16, 14, 14, 16, 5, 0, 2}})
    network.layers.emplace_back(
        net::ConvolutionLayer{f, std::vector<float>(core::shape_of(f).links), std::vector<float>(f.count)});
  for (const auto& [inputs, outputs] : {std::pair{400, 32}, {32, 16}, {16, 10}})
    network.layers.emplace_back(
        net::DenseLayer{net::Matrix(outputs, inputs), std::vector<float>(static_cast<std::size_t>(outputs))});
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    const auto weight = net::weights(network.layers[l]);
    core::fill_gaussian(stream, l, 0, weight);
    const double fan_in = static_cast<double>(weight.size()) / static_cast<double>(net::biases(network.layers[l]).size());
    for (float& w : weight) w /= static_cast<float>(std::sqrt(fan_in));
  }
  return network;
}

std::uint64_t sparse_links(const net::Network& network) {
  std::uint64_t links = 0;
  for (const auto& layer : network.layers) links += net::is_sparse(layer) ? net::links(layer) : 0;
  return links;
}

Images make_images(std::size_t count) {
  auto random = core::Stream(20260225, "bench images").random(0);
  Images images{std::vector<std::uint8_t>(count * 784), std::vector<std::uint8_t>(count), std::vector<std::uint64_t>(count)};
  for (auto& pixel : images.pixels) pixel = random.coin(0.2) ? static_cast<std::uint8_t>(random.below(256)) : 0;
  for (auto& label : images.labels) label = static_cast<std::uint8_t>(random.below(10));
  const auto order = core::permutation(static_cast<std::uint32_t>(count), random);
  std::copy(order.begin(), order.end(), images.order.begin());
  return images;
}

}  // namespace espalier::bench
