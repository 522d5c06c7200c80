// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <vector>

#include "espalier/core/random.hpp"
#include "espalier/train/topology.hpp"
#include "espalier/train/trainer.hpp"
#include "train/initial_weights.hpp"
#include "train/links.hpp"
#include "train/settings.hpp"

namespace espalier::train {
namespace {

/// Fan-in of the neuron that each weight leads to, in the order of the weights.
std::vector<std::uint32_t> fan_in_of_weights(const net::Layer& layer) {
  const auto* sparse = std::get_if<net::SparseLayer>(&layer);
  if (!sparse) {
    const std::size_t weights = net::weights(layer).size(), each = weights / net::biases(layer).size();
    return std::vector<std::uint32_t>(weights, static_cast<std::uint32_t>(each));
  }
  std::vector<std::uint32_t> fan_in;
  for (const std::uint32_t k : sparse->target) fan_in.push_back(sparse->in_start[k + 1] - sparse->in_start[k]);
  return fan_in;
}

std::uint32_t fan_in_of_neuron(const net::Layer& layer, std::size_t k) {
  const auto* sparse = std::get_if<net::SparseLayer>(&layer);
  if (sparse) return sparse->in_start[k + 1] - sparse->in_start[k];
  return static_cast<std::uint32_t>(net::weights(layer).size() / net::biases(layer).size());
}

/// Normal, with variance 2 / fan-in; biases 0.
void draw_he(net::Layer& layer, const core::Stream& stream, std::uint64_t number) {
  const std::span<float> weight = net::weights(layer);
  core::fill_gaussian(stream, number, 0, weight);
  const auto fan_in = fan_in_of_weights(layer);
  for (std::size_t link = 0; link < weight.size(); ++link) weight[link] *= std::sqrt(2.0F / static_cast<float>(fan_in[link]));
  std::ranges::fill(net::biases(layer), 0.0F);
}

/// Uniform within 1 / sqrt(fan-in), weights and biases; a neuron without links has bias 0.
void draw_pytorch(net::Layer& layer, const core::Stream& stream, std::uint64_t number) {
  const auto draw = [](core::Random& random, std::uint32_t fan_in) {
    const double bound = fan_in == 0 ? 0 : 1 / std::sqrt(static_cast<double>(fan_in));
    return static_cast<float>(bound * (2 * random.uniform() - 1));
  };
  core::Random of_weights = stream.random(number, 0), of_biases = stream.random(number, 1);
  const std::span<float> weight = net::weights(layer), bias = net::biases(layer);
  const auto fan_in = fan_in_of_weights(layer);
  for (std::size_t link = 0; link < weight.size(); ++link) weight[link] = draw(of_weights, fan_in[link]);
  for (std::size_t k = 0; k < bias.size(); ++k) bias[k] = draw(of_biases, fan_in_of_neuron(layer, k));
}

/// One mean and one standard deviation over all pixels of all training images, in [0, 1]. Summed as integers: exact.
void standardise(net::Network& network, const data::ImageSet& images) {
  std::uint64_t sum = 0, squares = 0;
  for (const std::uint8_t pixel : images.pixels) {
    sum += pixel;
    squares += std::uint64_t{pixel} * pixel;
  }
  const auto n = static_cast<double>(images.pixels.size());
  const double mean = static_cast<double>(sum) / n;
  const double variance = static_cast<double>(squares) / n - mean * mean;
  if (!(variance > 0)) return;
  network.input_mean = static_cast<float>(mean / 255);
  network.input_sd = static_cast<float>(std::sqrt(variance) / 255);
}

}  // namespace

void draw_weights(net::Layer& layer, Init init, const core::Stream& weights, std::uint64_t number) {
  if (init == Init::he)
    draw_he(layer, weights, number);
  else
    draw_pytorch(layer, weights, number);
}

net::Network initial_network(const core::ModelSpec& spec, std::uint64_t master_seed, const data::Dataset& dataset) {
  const core::Stream links(master_seed, "links", spec.stream), weights(master_seed, "weights", spec.stream);
  const auto shapes = layer_shapes(spec, data::shape_of(dataset));
  net::Network network;
  network.activation = read_activation(spec.train);
  for (std::uint64_t l = 0; l < shapes.size(); ++l) {
    const std::vector<float> bias(shapes[l].biases(), 0.0F);
    if (shapes[l].is_convolution())
      network.layers.emplace_back(net::ConvolutionLayer{shapes[l].filters, std::vector<float>(shapes[l].links), bias});
    else if (shapes[l].sparse)
      network.layers.emplace_back(draw_links(shapes[l], spec.topology.text("links"), links.random(l)));
    else
      network.layers.emplace_back(net::DenseLayer{net::Matrix(shapes[l].outputs, shapes[l].inputs), bias});
    draw_weights(network.layers.back(), read_init(spec.train), weights, l);
  }
  if (read_train(spec.train).standardise) standardise(network, dataset.train);
  return network;
}

}  // namespace espalier::train
