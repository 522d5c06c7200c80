// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "espalier/core/random.hpp"
#include "espalier/train/topology.hpp"
#include "espalier/train/trainer.hpp"
#include "train/initial_weights.hpp"
#include "train/links.hpp"
#include "train/settings.hpp"

namespace espalier::train {
namespace {

float he_scale(std::uint64_t fan_in) { return std::sqrt(2.0F / static_cast<float>(fan_in)); }

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

void draw_weights(net::Layer& layer, const core::Stream& weights, std::uint64_t number) {
  if (auto* sparse = std::get_if<net::SparseLayer>(&layer)) {
    core::fill_gaussian(weights, number, 0, sparse->weight);
    for (std::size_t link = 0; link < sparse->weight.size(); ++link) {
      const std::uint32_t k = sparse->target[link];
      sparse->weight[link] *= he_scale(sparse->in_start[k + 1] - sparse->in_start[k]);
    }
    return;
  }
  net::Matrix& W = std::get<net::DenseLayer>(layer).weight;
  core::fill_gaussian(weights, number, 0, {W.data(), static_cast<std::size_t>(W.size())});
  W *= he_scale(static_cast<std::uint64_t>(W.cols()));
}

net::Network initial_network(const core::ModelSpec& spec, std::uint64_t master_seed, const data::Dataset& dataset) {
  const core::Stream links(master_seed, "links", spec.stream), weights(master_seed, "weights", spec.stream);
  const auto shapes = layer_shapes(spec, dataset.train.size(), dataset.classes);
  net::Network network;
  for (std::uint64_t l = 0; l < shapes.size(); ++l) {
    if (shapes[l].sparse)
      network.layers.emplace_back(draw_links(shapes[l], spec.topology.text("links"), links.random(l)));
    else
      network.layers.emplace_back(
          net::DenseLayer{net::Matrix(shapes[l].outputs, shapes[l].inputs), std::vector<float>(shapes[l].outputs, 0.0F)});
    draw_weights(network.layers.back(), weights, l);
  }
  if (read_train(spec.train).standardise) standardise(network, dataset.train);
  return network;
}

}  // namespace espalier::train
