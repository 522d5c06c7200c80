// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "espalier/net/convolution.hpp"
#include "net/fixtures.hpp"

/// Convolutional networks of tests.
namespace espalier::net::fixtures {

/// A convolution on channels x height x width inputs.
inline ConvolutionLayer convolution(core::Filters filters) {
  auto random = core::Stream(filters.count, "test convolution").random(filters.kernel);
  ConvolutionLayer layer{filters, {}, {}};
  const double fan_in = 1.0 * filters.channels * filters.kernel * filters.kernel;
  for (std::size_t k = 0; k < core::shape_of(filters).links; ++k)
    layer.weight.push_back(static_cast<float>(random.gaussian() / std::sqrt(fan_in)));
  for (std::uint32_t k = 0; k < filters.count; ++k) layer.bias.push_back(static_cast<float>(0.1 * random.gaussian()));
  return layer;
}

/// Two or three convolutions, pooled or not, and two fully connected layers, one of them sparse; sizes that fill no block.
inline std::vector<Network> convolutional_networks() {
  const auto tanh = Activation::tanh;
  return {{{convolution({1, 12, 10, 6, 5, 2, 2}), convolution({6, 6, 5, 16, 3, 1}), convolution({16, 6, 5, 7, 3, 0, 1}),
            sparse_layer(84, 11, 0.3, 1), dense_layer(11, 7, 2)},
           0.3f,
           0.6f,
           tanh},
          {{convolution({3, 9, 7, 5, 4, 2, 2}), convolution({5, 5, 4, 9, 2, 0, 1}), sparse_layer(108, 11, 0.3, 1),
            dense_layer(11, 7, 2)},
           0,
           1},
          {{convolution({1, 1, 1, 3, 1, 0, 1}), dense_layer(3, 7, 2)}, 0, 1, tanh},
          {{convolution({2, 4, 4, 13, 7, 3, 2}), dense_layer(52, 7, 2)}, 0, 1}};
}

/// Sums of `values` of all links of a convolution that share a weight, or a bias.
template <typename Scalar>
std::vector<Scalar> shared_weights(const core::Filters& filters, const reference::Layer<Scalar>& gradient) {
  std::vector<Scalar> sums(core::shape_of(filters).links, Scalar{0});
  for_each_product(filters, [&](std::size_t output, std::size_t input, std::size_t weight) {
    sums[weight] += gradient.W.coeff(static_cast<Eigen::Index>(output), static_cast<Eigen::Index>(input));
  });
  return sums;
}

template <typename Scalar>
std::vector<Scalar> shared_biases(const core::Filters& filters, const reference::Layer<Scalar>& gradient) {
  std::vector<Scalar> sums(filters.count, Scalar{0});
  for (Eigen::Index unit = 0; unit < gradient.b.size(); ++unit)
    sums[static_cast<std::size_t>(unit) / (filters.rows() * filters.columns())] += gradient.b[unit];
  return sums;
}

/// dW of any layer in its own order, and db.
template <typename Scalar>
std::vector<Scalar> weight_gradient(const Layer& layer, const reference::Layer<Scalar>& gradient) {
  const auto* convolution = std::get_if<ConvolutionLayer>(&layer);
  return convolution ? shared_weights(convolution->shape, gradient) : in_order_of(layer, gradient);
}
template <typename Scalar>
std::vector<Scalar> bias_gradient(const Layer& layer, const reference::Layer<Scalar>& gradient) {
  const auto* convolution = std::get_if<ConvolutionLayer>(&layer);
  if (convolution) return shared_biases(convolution->shape, gradient);
  return {gradient.b.data(), gradient.b.data() + gradient.b.size()};
}

}  // namespace espalier::net::fixtures
