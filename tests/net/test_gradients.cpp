// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "net/fixtures.hpp"
#include "net/torch_fixture.hpp"

using namespace espalier;
using namespace espalier::net::fixtures;

namespace {

double rounded(double x) { return std::round(x * 1000) / 1000; }

/// The network of torch_fixture.py.
net::Network torch_network() {
  const std::uint32_t sizes[]{6, 5, 4, 3};
  net::Network network;
  for (std::uint32_t l = 0; l < 3; ++l) {
    net::SparseLayer layer;
    layer.inputs = sizes[l], layer.outputs = sizes[l + 1];
    layer.start.push_back(0);
    for (std::uint32_t j = 0; j < layer.inputs; ++j) {
      for (std::uint32_t i = 0; i < layer.outputs; ++i)
        if (l == 2 || (3 * i + 2 * j + l) % 4 != 0) {
          layer.target.push_back(i);
          layer.weight.push_back(static_cast<float>(rounded(std::sin(1.0 + 7 * l + 3 * i + 5 * j))));
        }
      layer.start.push_back(static_cast<std::uint32_t>(layer.target.size()));
    }
    for (std::uint32_t i = 0; i < layer.outputs; ++i)
      layer.bias.push_back(static_cast<float>(rounded(std::cos(2.0 + l + i)) / 4));
    net::index_by_output(layer);
    network.layers.emplace_back(layer);
  }
  auto& last = std::get<net::SparseLayer>(network.layers[2]);
  net::DenseLayer dense{net::Matrix(3, 4), last.bias};
  for (std::uint32_t j = 0; j < 4; ++j)
    for (std::uint32_t i = 0; i < 3; ++i) dense.weight(i, j) = last.weight[j * 3 + i];
  network.layers[2] = dense;
  return network;
}

std::vector<std::uint8_t> torch_pixels() {
  std::vector<std::uint8_t> pixels;
  for (std::size_t n = 0; n < 3; ++n)
    for (std::size_t j = 0; j < 6; ++j) pixels.push_back(static_cast<std::uint8_t>((31 * j + 57 * n) % 256));
  return pixels;
}

const std::vector<std::uint8_t> torch_labels{2, 0, 1};

/// The values of the links of `layer` in its own order, out of a matrix given row by row.
std::vector<double> of_links(const net::Layer& layer, const std::vector<double>& rows) {
  const auto* sparse = std::get_if<net::SparseLayer>(&layer);
  if (!sparse) return rows;
  std::vector<double> values;
  for (std::uint32_t j = 0; j < sparse->inputs; ++j)
    for (auto k = sparse->start[j]; k < sparse->start[j + 1]; ++k) values.push_back(rows[sparse->target[k] * sparse->inputs + j]);
  return values;
}

const std::vector<double>* const torch_dW[]{&torch::dW0, &torch::dW1, &torch::dW2};
const std::vector<double>* const torch_db[]{&torch::db0, &torch::db1, &torch::db2};

}  // namespace

TEST_CASE("the reference in double agrees with PyTorch in double") {
  const auto network = torch_network();
  const auto pixels = torch_pixels();
  net::reference::Matrix<double> X(6, 3);
  for (int j = 0; j < 6; ++j)
    for (int n = 0; n < 3; ++n) X(j, n) = pixels[static_cast<std::size_t>(n * 6 + j)] / 255.0;
  const auto layers = net::reference::convert<double>(network);

  const auto activations = net::reference::forward(layers, X);
  const auto gradients = net::reference::backward(layers, activations, torch_labels);

  const double rounding = 1e-7;  // the weights are three decimals, stored as float: relative error 6e-8
  CHECK(std::abs(gradients.loss - torch::loss) < rounding);
  CHECK(distance(activations.back(), torch::logits) < rounding);
  CHECK(distance(gradients.dX, torch::dX) < rounding);
  for (std::size_t l = 0; l < 3; ++l) {
    CHECK(distance(in_order_of(network.layers[l], gradients.layers[l]), of_links(network.layers[l], *torch_dW[l])) < rounding);
    CHECK(distance(gradients.layers[l].b, *torch_db[l]) < rounding);
  }
}

TEST_CASE("the kernels agree with PyTorch in double to the roundings of float") {
  const auto network = torch_network();
  const auto pixels = torch_pixels();
  net::Gradient gradient;

  const auto score = net::TrainingPass(network, 3, 0, false).run(network, pixels, torch_labels, Images{0, 1, 2}, {}, 0, gradient);

  const double rounding = 1e-6;  // sums of at most six terms near 1
  CHECK(std::abs(score.loss / 3 - torch::loss) < rounding);
  for (std::size_t l = 0; l < 3; ++l) {
    CHECK(distance(gradient[l].weight, of_links(network.layers[l], *torch_dW[l])) < rounding);
    CHECK(distance(gradient[l].bias, *torch_db[l]) < rounding);
  }
}

TEST_CASE("the reference's gradients are the central differences of its loss, for every weight, bias and input") {
  const auto network = torch_network();
  auto layers = net::reference::convert<double>(network);
  net::reference::Matrix<double> X = net::gather(torch_pixels(), 6, Images{0, 1, 2}).X.cast<double>();
  const auto loss = [&] { return net::reference::backward(layers, net::reference::forward(layers, X), torch_labels).loss; };
  const double h = 1e-6, truncation = 1e-8;  // h^2 times third derivatives, and 1e-16 / h of rounding
  const auto slope = [&](double& x) {
    const double x0 = x;
    x = x0 + h;
    const double above = loss();
    x = x0 - h;
    const double below = loss();
    x = x0;
    return (above - below) / (2 * h);
  };

  const auto gradients = net::reference::backward(layers, net::reference::forward(layers, X), torch_labels);

  for (std::size_t l = 0; l < 3; ++l) {
    for (Eigen::Index k = 0; k < layers[l].W.nonZeros(); ++k)
      CHECK(std::abs(slope(layers[l].W.valuePtr()[k]) - gradients.layers[l].W.valuePtr()[k]) < truncation);
    for (Eigen::Index i = 0; i < layers[l].b.size(); ++i)
      CHECK(std::abs(slope(layers[l].b[i]) - gradients.layers[l].b[i]) < truncation);
  }
  for (Eigen::Index k = 0; k < X.size(); ++k) CHECK(std::abs(slope(X.data()[k]) - gradients.dX.data()[k]) < truncation);
}
