#include <cmath>

#include "espalier/core/random.hpp"
#include "espalier/train/topology.hpp"
#include "espalier/train/trainer.hpp"
#include "train/links.hpp"
#include "train/settings.hpp"

namespace espalier::train {
namespace {

/// Standard deviation of the weights into a neuron with `fan_in` links [He et al., ICCV 2015]: the links it really has, since
/// scaled by the dense fan-in the activations of a 99 % sparse network die away within a few layers.
float he_scale(std::uint64_t fan_in) { return std::sqrt(2.0F / static_cast<float>(fan_in)); }

net::Layer draw_sparse(const core::LayerShape& shape, std::string_view links, core::Random random, const core::Stream& weights,
                       std::uint64_t number) {
  net::SparseLayer layer = draw_links(shape, links, random);
  core::fill_gaussian(weights, number, 0, layer.weight);
  for (std::size_t link = 0; link < layer.weight.size(); ++link) {
    const std::uint32_t k = layer.target[link];
    layer.weight[link] *= he_scale(layer.in_start[k + 1] - layer.in_start[k]);
  }
  return layer;
}

net::Layer draw_dense(const core::LayerShape& shape, const core::Stream& weights, std::uint64_t number) {
  net::DenseLayer layer{net::Matrix(shape.outputs, shape.inputs), std::vector<float>(shape.outputs, 0.0F)};
  core::fill_gaussian(weights, number, 0, {layer.weight.data(), static_cast<std::size_t>(layer.weight.size())});
  layer.weight *= he_scale(shape.inputs);
  return layer;
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

net::Network initial_network(const core::ModelSpec& spec, std::uint64_t master_seed, const data::Dataset& dataset) {
  const core::Stream links(master_seed, "links", spec.stream), weights(master_seed, "weights", spec.stream);
  const auto shapes = layer_shapes(spec, dataset.train.size(), dataset.classes);
  net::Network network;
  for (std::uint64_t l = 0; l < shapes.size(); ++l) {
    if (shapes[l].sparse)
      network.layers.push_back(draw_sparse(shapes[l], spec.topology.text("links"), links.random(l), weights, l));
    else
      network.layers.push_back(draw_dense(shapes[l], weights, l));
  }
  if (read_train(spec.train).standardise) standardise(network, dataset.train);
  return network;
}

}  // namespace espalier::train
