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

/// Live links into each neuron, or weights of each filter.
std::vector<std::uint32_t> fan_in(const net::Layer& layer) {
  const std::size_t neurons = net::biases(layer).size();
  std::vector<std::uint32_t> out(neurons, static_cast<std::uint32_t>(net::weights(layer).size() / neurons));
  if (const auto* sparse = std::get_if<net::SparseLayer>(&layer))
    for (std::size_t k = 0; k < neurons; ++k) out[k] = sparse->in_start[k + 1] - sparse->in_start[k];
  return out;
}

/// The neuron or filter that weight number `link` leads to.
std::size_t neuron_of(const net::Layer& layer, std::size_t link) {
  if (const auto* sparse = std::get_if<net::SparseLayer>(&layer)) return sparse->target[link];
  return link / (net::weights(layer).size() / net::biases(layer).size());
}

/// Normal, with variance 2 / fan-in; biases 0.
void draw_he(net::Layer& layer, const core::Stream& stream, std::uint64_t number) {
  const std::span<float> weight = net::weights(layer);
  core::fill_gaussian(stream, number, 0, weight);
  const auto inputs = fan_in(layer);
  for (std::size_t link = 0; link < weight.size(); ++link)
    weight[link] *= std::sqrt(2.0F / static_cast<float>(inputs[neuron_of(layer, link)]));
  std::ranges::fill(net::biases(layer), 0.0F);
}

/// Uniform within 1 / sqrt(fan-in), weights and biases; a neuron without links has bias 0.
void draw_pytorch(net::Layer& layer, const core::Stream& stream, std::uint64_t number) {
  const auto draw = [](core::Random& random, std::uint32_t inputs) {
    const double bound = inputs == 0 ? 0 : 1 / std::sqrt(static_cast<double>(inputs));
    return static_cast<float>(bound * (2 * random.uniform() - 1));
  };
  core::Random of_weights = stream.random(number, 0), of_biases = stream.random(number, 1);
  const std::span<float> weight = net::weights(layer), bias = net::biases(layer);
  const auto inputs = fan_in(layer);
  for (std::size_t link = 0; link < weight.size(); ++link) weight[link] = draw(of_weights, inputs[neuron_of(layer, link)]);
  for (std::size_t k = 0; k < bias.size(); ++k) bias[k] = draw(of_biases, inputs[k]);
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
  const TrainSettings train = read_train(spec.train);
  const LinkLaw law = read_topology(spec.topology).links;
  network.activation = train.activation;
  for (std::uint64_t l = 0; l < shapes.size(); ++l) {
    const std::vector<float> bias(shapes[l].biases(), 0.0F);
    if (shapes[l].is_convolution())
      network.layers.emplace_back(net::ConvolutionLayer{shapes[l].filters, std::vector<float>(shapes[l].links), bias});
    else if (shapes[l].sparse)
      network.layers.emplace_back(draw_links(shapes[l], law, links.random(l)));
    else
      network.layers.emplace_back(net::DenseLayer{net::Matrix(shapes[l].outputs, shapes[l].inputs), bias});
    draw_weights(network.layers.back(), train.init, weights, l);
  }
  if (train.standardise) standardise(network, dataset.train);
  return network;
}

}  // namespace espalier::train
