// SPDX-License-Identifier: BSD-3-Clause
#include "net/convolutions.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "net/kernels.hpp"

using namespace espalier;
using namespace espalier::net::fixtures;

namespace {

// Float against double over sums of at most some hundred terms near 1: a few tens of roundings of 6e-8.
constexpr double rounding = 1e-5;

/// Parameters of torch_convolution.py: row `number` of a layer.
std::vector<float> parameters(std::size_t layer, std::size_t number, std::size_t size) {
  std::vector<float> out;
  for (std::size_t k = 0; k < size; ++k) {
    const double x =
        std::sin(1.0 + 7.0 * static_cast<double>(layer) + 3.0 * static_cast<double>(number) + 5.0 * static_cast<double>(k));
    out.push_back(static_cast<float>(std::round(x * 1000) / 1000 / 2));
  }
  return out;
}

std::vector<float> rows(std::size_t layer, std::size_t count, std::size_t size) {
  std::vector<float> out;
  for (std::size_t row = 0; row < count; ++row)
    for (const float x : parameters(layer, row, size)) out.push_back(x);
  return out;
}

/// A network of torch_convolution.py: convolutions, then dense layers of these units.
net::Network torch_network(net::Activation activation, const std::vector<core::Filters>& convolutions,
                           const std::vector<std::uint32_t>& units) {
  net::Network network;
  network.activation = activation;
  std::size_t layer = 0;
  for (const core::Filters& f : convolutions) {
    network.layers.emplace_back(
        net::ConvolutionLayer{f, rows(layer, f.count, f.channels * f.kernel * f.kernel), parameters(layer, 100, f.count)});
    ++layer;
  }
  for (const std::uint32_t k : units) {
    const std::uint32_t inputs = net::outputs(network.layers.back());
    const auto weight = rows(layer, k, inputs);
    network.layers.emplace_back(
        net::DenseLayer{Eigen::Map<const net::Matrix>(weight.data(), k, inputs), parameters(layer, 100, k)});
    ++layer;
  }
  return network;
}

/// Numbers of torch_convolution.txt (PyTorch 1.13.1, float64) by network and name; logits and dX are classes and pixels by
/// images.
using Numbers = std::map<std::string, std::vector<double>>;

std::map<std::string, Numbers> torch_numbers() {
  std::map<std::string, Numbers> all;
  std::ifstream file(ESPALIER_TEST_FOLDER "/torch_convolution.txt");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string network, name;
    words >> network >> name;
    for (double x; words >> x;) all[network][name].push_back(x);
  }
  return all;
}

std::map<std::string, net::Network> torch_networks() {
  using enum core::Activation;
  return {{"pooled", torch_network(tanh, {{1, 6, 6, 3, 3, 1, 2}, {3, 3, 3, 2, 2, 0, 1}}, {4, 3})},
          {"colour", torch_network(relu, {{2, 5, 7, 4, 3, 2, 1}, {4, 7, 9, 3, 4, 0, 2}}, {5, 3})},
          {"pixel", torch_network(tanh, {{1, 1, 1, 2, 1, 0, 1}}, {3})},
          {"padded", torch_network(relu, {{1, 4, 4, 3, 5, 2, 2}}, {3})}};
}

const std::vector<std::uint8_t> torch_labels{2, 0, 1};

std::vector<std::uint8_t> torch_pixels(std::size_t size) {
  std::vector<std::uint8_t> pixels;
  for (std::size_t n = 0; n < 3; ++n)
    for (std::size_t j = 0; j < size; ++j) pixels.push_back(static_cast<std::uint8_t>((31 * j + 57 * n) % 256));
  return pixels;
}

}  // namespace

TEST_CASE("the reference of convolutions, pooling and tanh in double agrees with PyTorch in double") {
  const auto torch = torch_numbers();
  for (const auto& [name, network] : torch_networks()) {
    CAPTURE(name);
    const Numbers& expected = torch.at(name);
    const std::uint32_t size = net::inputs(network.layers.front());
    const auto pixels = torch_pixels(size);
    net::reference::Matrix<double> X(size, 3);
    for (std::uint32_t j = 0; j < size; ++j)
      for (std::uint32_t n = 0; n < 3; ++n) X(j, n) = pixels[n * size + j] / 255.0;
    const auto layers = net::reference::convert<double>(network);

    const auto activations = net::reference::forward(layers, X);
    const auto gradients = net::reference::backward(layers, activations, torch_labels);

    const double stored = 1e-7;  // the weights are thousandths, stored as float: relative error 6e-8
    CHECK(std::abs(gradients.loss - expected.at("loss")[0]) < stored);
    CHECK(distance(activations.back(), expected.at("logits")) < stored);
    CHECK(distance(gradients.dX, expected.at("dX")) < stored);
    for (std::size_t l = 0; l < layers.size(); ++l) {
      CAPTURE(l);
      CHECK(distance(weight_gradient(network.layers[l], gradients.layers[l]), expected.at("dW" + std::to_string(l))) < stored);
      CHECK(distance(bias_gradient(network.layers[l], gradients.layers[l]), expected.at("db" + std::to_string(l))) < stored);
    }
  }
}

TEST_CASE("logits, activations, input and weight gradients of convolutional networks agree with the reference in double") {
  for (const net::Network& network : convolutional_networks()) {
    const std::uint32_t size = net::inputs(network.layers.front());
    CAPTURE(size);
    const auto pixels = bytes(200 * size, 5), labels = bytes(200, 6, 7);
    for (const std::size_t batch : {1, 64, 100}) {
      CAPTURE(batch);
      const auto images = some_images(batch, 200);
      const auto X = net::gather(pixels, size, images).X;
      const auto layers = net::reference::convert<double>(network);
      const auto activations = net::reference::forward(layers, standardised<double>(network, X));
      const auto wanted = net::reference::backward(layers, activations, labels_of(labels, images));

      net::Classifier classifier(network);
      const net::Matrix Z = classifier.logits(X, images);
      std::vector<float> loss(batch);
      net::Matrix dZ;
      net::cross_entropy(Z, labels_of(labels, images), loss, &dZ);
      const net::Matrix dX = classifier.input_gradient(dZ);
      CHECK(distance(Z, activations.back()) < rounding);
      const net::reference::Matrix<double> wanted_dX =
          wanted.dX * static_cast<double>(batch) / static_cast<double>(network.input_sd);  // sums, by pixels
      CHECK(distance(dX, wanted_dX) < rounding);
      for (std::size_t l = 1; l + 1 < activations.size(); ++l)
        CHECK(distance(classifier.activations(X, static_cast<int>(l)), activations[l]) < rounding);

      net::TrainingPass pass(network, static_cast<int>(batch), 0, false);
      net::Gradient gradient;
      const auto score = pass.run(network, pixels, labels, images, {}, 0, gradient);
      CHECK(std::abs(score.loss / static_cast<double>(batch) - wanted.loss) < rounding);
      for (std::size_t l = 0; l < layers.size(); ++l) {
        CAPTURE(l);
        CHECK(distance(gradient[l].weight, weight_gradient(network.layers[l], wanted.layers[l])) < rounding);
        CHECK(distance(gradient[l].bias, bias_gradient(network.layers[l], wanted.layers[l])) < rounding);
      }
    }
  }
}

TEST_CASE("noise behind a pooled convolution: draws share what is below it, and their mean gradient is that of single draws") {
  const net::Network network = convolutional_networks().front();
  const auto images = some_images(70, 200);
  const auto X = net::gather(bytes(200 * 120, 5), 120, images).X;
  for (const int layer : {1, 2, 3, 4}) {
    CAPTURE(layer);
    net::Classifier classifier(network, noise_at(layer)), one(network, noise_at(layer));
    std::vector<net::Matrix> Z, dZ;
    for (const net::Matrix& z : classifier.logits_of_draws(X, images, 3, 4)) Z.push_back(z);
    for (const net::Matrix& z : Z) dZ.push_back(z.array().sin());
    const net::Matrix mean = classifier.mean_input_gradient(dZ);
    net::Matrix sum = net::Matrix::Zero(120, 70);
    for (std::uint64_t draw = 0; draw < 4; ++draw) {
      CHECK(one.logits(X, images, 3 + draw) == Z[draw]);
      sum += one.input_gradient(dZ[draw]);
    }
    CHECK(distance(mean, net::Matrix(sum / 4)) < rounding);
  }
}

TEST_CASE("noise of a linear map is added before pooling and tanh, forward and backward as in the network without a site") {
  const net::Network network = convolutional_networks().front();  // convolutions of 1, 6 and 16 channels; the first is pooled
  const auto images = some_images(70, 200);
  const auto X = net::gather(bytes(200 * 120, 5), 120, images).X;
  for (const int layer : {1, 2, 3, 5}) {
    CAPTURE(layer);
    net::NoiseSite nothing{layer, [](Eigen::Ref<net::Matrix>, std::span<const std::uint64_t>, std::uint64_t) {}};
    net::NoiseSite shift{layer, [](Eigen::Ref<net::Matrix> A, std::span<const std::uint64_t>, std::uint64_t draw) {
                           A.array() += 0.1F * static_cast<float>(draw);
                         }};
    nothing.linear = shift.linear = true;
    net::Network shifted = network;  // the same shift of every unit is one of the biases
    for (float& b : net::biases(shifted.layers[static_cast<std::size_t>(layer) - 1])) b += 0.2F;
    net::Classifier with(network, nothing), plain(network), moved(network, shift), wanted(shifted);

    const net::Matrix Z = plain.logits(X, images), dX = plain.input_gradient(Z);
    CHECK(with.logits(X, images) == Z);
    CHECK(with.input_gradient(Z) == dX);
    const net::Matrix Z2 = wanted.logits(X, images), dX2 = wanted.input_gradient(Z2);
    CHECK(distance(moved.logits(X, images, 2), Z2) < rounding);
    CHECK(distance(moved.input_gradient(Z2), dX2) < rounding);

    std::vector<net::Matrix> dZ, all;
    for (const net::Matrix& z : moved.logits_of_draws(X, images, 1, 3)) dZ.push_back(z);
    const net::Matrix mean = moved.mean_input_gradient(dZ);
    net::Matrix sum = net::Matrix::Zero(120, 70);
    for (std::uint64_t draw = 1; draw < 4; ++draw) {
      moved.logits(X, images, draw);
      sum += moved.input_gradient(dZ[draw - 1]);
    }
    CHECK(distance(mean, net::Matrix(sum / 3)) < rounding);
  }
}

TEST_CASE("correlated noise below a convolution with fewer outputs, and noise of the last hidden layer, is drawn above") {
  const net::Network network = convolutional_networks()[1];  // convolutions of 5 x 5 x 4 and 9 x 4 x 3 outputs, 11 neurons
  const auto placed = [&](int layer, double multiply_adds) {
    net::NoiseSite site = noise_at(layer);
    site.multiply_adds = multiply_adds;
    site.through = [layer](const net::Layer&) {
      net::NoiseSite above = noise_at(layer + 1);
      above.linear = true;
      return above;
    };
    return net::at_cheapest_place(network, site).layer;
  };
  const double triangle_above = 108.0 * 109 / 2;
  CHECK(placed(1, triangle_above + 1) == 2);
  CHECK(placed(1, triangle_above) == 1);
  CHECK(placed(2, 1e9) == 2);  // a fully connected layer above, but not the last
  CHECK(placed(3, 0) == 4);
  CHECK(net::at_cheapest_place(network, noise_at(3)).layer == 3);  // it has no other place
}

TEST_CASE("frozen layers below a convolution or above it get no gradient, and the trained ones the same as without") {
  const net::Network network = convolutional_networks().front();
  const auto pixels = bytes(200 * 120, 5), labels = bytes(200, 6, 7);
  const auto images = some_images(70, 200);
  net::Gradient all;
  net::TrainingPass(network, 70, 0, false).run(network, pixels, labels, images, noise_at(2), 5, all);
  for (const int first : {1, 2, 3, 4}) {
    net::Gradient some;
    net::TrainingPass(network, 70, first, false).run(network, pixels, labels, images, noise_at(2), 5, some);
    for (std::size_t l = 0; l < network.layers.size(); ++l) {
      if (l < static_cast<std::size_t>(first))
        CHECK(some[l].weight.empty());
      else
        CHECK(some[l].weight == all[l].weight);
    }
  }
}

TEST_CASE("max pooling takes the first of equal pixels") {
  const core::Filters filters{1, 2, 4, 1, 1, 0, 2};
  const net::ConvolutionLayer layer{filters, {1}, {0}};
  net::Tile X(8), Y(2), dY(8);
  const float pixels[8]{1, 1, 3, 2, 1, 1, 2, 3};  // a square of ones; then one whose largest is upper left and lower right
  for (std::size_t i = 0; i < 8; ++i) X[i].lane.fill(pixels[i]);
  std::vector<std::uint64_t> taken(4);

  net::kernels::forward(layer, X.data(), Y.data(), taken.data());
  net::kernels::unpool(filters, Y.data(), taken.data(), dY.data());

  const float wanted[8]{1, 0, 3, 0, 0, 0, 0, 0};
  for (std::size_t i = 0; i < 8; ++i) CHECK(dY[i].lane[17] == wanted[i]);
}

TEST_CASE("tanh is within 2 ulp everywhere, odd, and keeps NaN") {
  net::Tile Y(1), slopes(1);
  double worst = 0;
  for (float x = 1e-30F; x < 30; x *= 1.001F) {
    Y[0].lane.fill(x);
    Y[0].lane[1] = -x;
    Y[0].lane[2] = NAN;
    net::kernels::apply_tanh(Y, slopes.data());
    const double wanted = std::tanh(static_cast<double>(x));
    const float nearest = static_cast<float>(wanted);
    const double ulp = static_cast<double>(nearest) - static_cast<double>(std::nextafter(nearest, 0.0F));
    worst = std::max(worst, std::abs(static_cast<double>(Y[0].lane[0]) - wanted) / ulp);
    CHECK(Y[0].lane[1] == -Y[0].lane[0]);
    CHECK(std::isnan(Y[0].lane[2]));
    CHECK(std::abs(static_cast<double>(slopes[0].lane[0]) - (1 - wanted * wanted)) < 1e-6);
  }
  CHECK(worst < 2);
}
