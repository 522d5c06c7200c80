// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "espalier/core/random.hpp"
#include "espalier/net/reference.hpp"
#include "espalier/net/training_pass.hpp"

namespace espalier::net::fixtures {

using Images = std::vector<std::uint64_t>;

/// A layer with each link present with probability `density`, weights of the size that keeps activations near 1.
inline SparseLayer sparse_layer(std::uint32_t inputs, std::uint32_t outputs, double density, std::uint64_t seed) {
  auto random = core::Stream(seed, "test layer").random(0);
  SparseLayer layer;
  layer.inputs = inputs;
  layer.outputs = outputs;
  layer.start.push_back(0);
  const double scale = std::sqrt(2 / (density * inputs + 1));
  for (std::uint32_t j = 0; j < inputs; ++j) {
    for (std::uint32_t i = 0; i < outputs; ++i)
      if (random.coin(density)) {
        layer.target.push_back(i);
        layer.weight.push_back(static_cast<float>(scale * random.gaussian()));
      }
    layer.start.push_back(static_cast<std::uint32_t>(layer.target.size()));
  }
  for (std::uint32_t i = 0; i < outputs; ++i) layer.bias.push_back(static_cast<float>(0.1 * random.gaussian()));
  index_by_output(layer);
  return layer;
}

inline DenseLayer dense_layer(std::uint32_t inputs, std::uint32_t outputs, std::uint64_t seed) {
  auto random = core::Stream(seed, "test layer").random(1);
  DenseLayer layer{Matrix(outputs, inputs), {}};
  const double scale = std::sqrt(2.0 / inputs);
  for (auto& w : layer.weight.reshaped<Eigen::RowMajor>()) w = static_cast<float>(scale * random.gaussian());
  for (std::uint32_t i = 0; i < outputs; ++i) layer.bias.push_back(static_cast<float>(0.1 * random.gaussian()));
  return layer;
}

/// Three sparse layers and a dense one with standardised inputs; sizes that fill no vector, tile or block.
inline Network network() {
  return {
      {sparse_layer(37, 53, 0.1, 1), sparse_layer(53, 41, 0.2, 2), dense_layer(41, 29, 3), dense_layer(29, 7, 4)}, 0.3f, 0.6f};
}

inline std::vector<std::uint8_t> bytes(std::size_t count, std::uint64_t seed, std::uint64_t below = 256) {
  auto random = core::Stream(seed, "test bytes").random(0);
  std::vector<std::uint8_t> result(count);
  for (auto& byte : result) byte = static_cast<std::uint8_t>(random.below(below));
  return result;
}

/// `count` of `among` image numbers, in an order without pattern.
inline Images some_images(std::size_t count, std::uint64_t among) {
  Images images;
  for (std::size_t b = 0; b < count; ++b) images.push_back((b * 37 + 11) % among);
  return images;
}

template <typename Scalar>
reference::Matrix<Scalar> standardised(const Network& network, const Matrix& pixels) {
  return (pixels.cast<Scalar>().array() - static_cast<Scalar>(network.input_mean)) / static_cast<Scalar>(network.input_sd);
}

inline std::vector<std::uint8_t> labels_of(std::span<const std::uint8_t> labels, std::span<const std::uint64_t> images) {
  std::vector<std::uint8_t> result;
  for (const auto image : images) result.push_back(labels[image]);
  return result;
}

/// dW of `layer` in its own order, out of the reference's matrix.
template <typename Scalar>
std::vector<Scalar> in_order_of(const Layer& layer, const reference::Layer<Scalar>& gradient) {
  std::vector<Scalar> weights;
  if (const auto* sparse = std::get_if<SparseLayer>(&layer)) {
    for (std::uint32_t j = 0; j < sparse->inputs; ++j)
      for (auto k = sparse->start[j]; k < sparse->start[j + 1]; ++k) weights.push_back(gradient.W.coeff(sparse->target[k], j));
  } else {
    for (Eigen::Index i = 0; i < gradient.W.rows(); ++i)
      for (Eigen::Index j = 0; j < gradient.W.cols(); ++j) weights.push_back(gradient.W.coeff(i, j));
  }
  return weights;
}

/// Largest |a - b| over the entries.
template <typename A, typename B>
double distance(const A& a, const B& b) {
  double largest = static_cast<std::size_t>(a.size()) == static_cast<std::size_t>(b.size()) ? 0 : INFINITY;
  for (std::size_t i = 0; i < static_cast<std::size_t>(a.size()) && i < static_cast<std::size_t>(b.size()); ++i) {
    const double difference = std::abs(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i]));
    largest = difference <= largest ? largest : difference;  // a NaN difference is the largest
  }
  return largest;
}

/// Noise that depends on image, unit and draw, and on nothing else.
inline NoiseSite noise_at(int layer) {
  return {layer, [](Eigen::Ref<Matrix> activations, std::span<const std::uint64_t> images, std::uint64_t draw) {
            for (Eigen::Index b = 0; b < activations.cols(); ++b)
              for (Eigen::Index i = 0; i < activations.rows(); ++i)
                activations(i, b) += std::sin(static_cast<float>(images[static_cast<std::size_t>(b)] * 7 + draw * 13) +
                                              0.7f * static_cast<float>(i));
          }};
}

}  // namespace espalier::net::fixtures
