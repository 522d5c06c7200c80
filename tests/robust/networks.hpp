// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "espalier/core/random.hpp"
#include "espalier/robust/evaluate.hpp"
#include "espalier/robust/perturbation.hpp"

/// Small networks and images for the tests of this folder, all from the keyed generator.
namespace espalier::robust::testing {

/// A layer with each link present with probability `density`, weights N(0, 2 / mean fan-in), biases N(0, 0.1^2).
inline net::SparseLayer sparse_layer(std::uint32_t inputs, std::uint32_t outputs, double density, core::Random random) {
  net::SparseLayer layer;
  layer.inputs = inputs;
  layer.outputs = outputs;
  layer.start = {0};
  const double sd = std::sqrt(2 / (density * inputs));
  for (std::uint32_t j = 0; j < inputs; ++j) {
    for (std::uint32_t k = 0; k < outputs; ++k) {
      if (!random.coin(density)) continue;
      layer.target.push_back(k);
      layer.weight.push_back(static_cast<float>(sd * random.gaussian()));
    }
    layer.start.push_back(static_cast<std::uint32_t>(layer.target.size()));
  }
  for (std::uint32_t k = 0; k < outputs; ++k) layer.bias.push_back(static_cast<float>(0.1 * random.gaussian()));
  net::index_by_output(layer);
  return layer;
}

inline net::DenseLayer dense_layer(std::uint32_t inputs, std::uint32_t outputs, core::Random random) {
  net::DenseLayer layer{net::Matrix(outputs, inputs), {}};
  const double sd = std::sqrt(2.0 / inputs);
  for (Eigen::Index i = 0; i < layer.weight.size(); ++i) layer.weight.data()[i] = static_cast<float>(sd * random.gaussian());
  for (std::uint32_t k = 0; k < outputs; ++k) layer.bias.push_back(static_cast<float>(0.1 * random.gaussian()));
  return layer;
}

/// Sparse layers widths[0]-...-widths[n-2], dense output layer.
inline net::Network sparse_network(const std::vector<std::uint32_t>& widths, double density, std::uint64_t seed) {
  const core::Stream stream(seed, "test-network");
  net::Network network;
  for (std::size_t l = 0; l + 2 < widths.size(); ++l)
    network.layers.push_back(sparse_layer(widths[l], widths[l + 1], density, stream.random(l)));
  network.layers.push_back(dense_layer(widths[widths.size() - 2], widths.back(), stream.random(widths.size())));
  return network;
}

inline net::Network dense_network(const std::vector<std::uint32_t>& widths, std::uint64_t seed) {
  const core::Stream stream(seed, "test-network");
  net::Network network;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l)
    network.layers.push_back(dense_layer(widths[l], widths[l + 1], stream.random(l)));
  return network;
}

/// Multiplies all logits by `factor`: no decision changes.
inline void scale_logits(net::Network& network, float factor) {
  auto& top = std::get<net::DenseLayer>(network.layers.back());
  top.weight *= factor;
  for (float& bias : top.bias) bias *= factor;
}

/// Random byte images, and as labels what `network` says of them (so that every image is correct when clean).
struct Images {
  std::vector<std::uint8_t> pixels;
  std::vector<std::uint8_t> labels;
  ImageShape shape;
  int classes;

  TestImages all() const { return {pixels, labels, shape, static_cast<std::uint32_t>(labels.size()), classes}; }
  std::uint32_t size() const { return shape.height * shape.width; }
  net::Batch batch(std::uint64_t first, std::uint64_t count) const {
    std::vector<std::uint64_t> numbers(count);
    for (std::uint64_t i = 0; i < count; ++i) numbers[i] = first + i;
    return net::gather(pixels, size(), numbers);
  }
};

inline Images images_of(const net::Network& network, ImageShape shape, std::uint32_t count, std::uint64_t seed) {
  Images images{std::vector<std::uint8_t>(std::size_t{count} * shape.height * shape.width), {}, shape, 0};
  core::Random random = core::Stream(seed, "test-images").random(0);
  for (std::uint8_t& pixel : images.pixels) pixel = static_cast<std::uint8_t>(random.below(256));
  net::Classifier classifier(network);
  images.classes = static_cast<int>(classifier.classes());
  const net::Batch all = images.batch(0, count);
  images.labels = net::predict(classifier.logits(all.X, all.images));
  return images;
}

/// Settings of `kind` with the catalogue's defaults filled in, as the grid does it.
inline core::Settings settings(const std::string& kind, const std::map<std::string, core::Value>& values) {
  core::Settings out{kind, {}};
  for (const core::Parameter& p : perturbation(kind).kind.parameters)
    if (!p.default_value.empty()) out.values[p.name] = p.default_value[0];
  for (const auto& [name, value] : values) out.values[name] = value;
  return out;
}

}  // namespace espalier::robust::testing
