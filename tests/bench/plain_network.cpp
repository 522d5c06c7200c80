// SPDX-License-Identifier: BSD-3-Clause
#include "plain_network.hpp"

#include "adam.hpp"
#include "espalier/net/classifier.hpp"

namespace espalier::bench {
namespace {

using net::reference::Layer;

Eigen::Map<Eigen::ArrayXf> values(Layer<float>& layer) { return {layer.W.valuePtr(), layer.W.nonZeros()}; }

}  // namespace

PlainNetwork::PlainNetwork(const net::Network& network) : layers_(net::reference::convert<float>(network)), m_(layers_) {
  for (auto& layer : m_) {
    layer.W *= 0.0f;
    layer.b.setZero();
  }
  v_ = m_;
}

float PlainNetwork::train(std::span<const std::uint8_t> pixels, std::span<const std::uint8_t> labels,
                          std::span<const std::uint64_t> images, float rate) {
  const auto size = static_cast<std::uint32_t>(layers_.front().W.cols());
  std::vector<std::uint8_t> some;
  for (const auto image : images) some.push_back(labels[image]);
  const auto activations = net::reference::forward(layers_, net::gather(pixels, size, images).X);
  auto gradients = net::reference::backward(layers_, activations, some);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    adam(values(layers_[l]), values(gradients.layers[l]), values(m_[l]), values(v_[l]), rate);
    adam(layers_[l].b.array(), gradients.layers[l].b.array(), m_[l].b.array(), v_[l].b.array(), rate);
  }
  return gradients.loss;
}

net::Matrix PlainNetwork::logits(std::span<const std::uint8_t> pixels, std::span<const std::uint64_t> images) const {
  const auto size = static_cast<std::uint32_t>(layers_.front().W.cols());
  return net::reference::forward(layers_, net::gather(pixels, size, images).X).back();
}

}  // namespace espalier::bench
