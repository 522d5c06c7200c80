// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "net/fixtures.hpp"
#include "net/kernels.hpp"

using namespace espalier;
using namespace espalier::net::fixtures;

namespace {

// Float against double over sums of at most some hundred terms near 1: a few tens of roundings of 6e-8.
constexpr double rounding = 1e-5;

net::Batch batch_of(const net::Network& network, std::size_t count) {
  return net::gather(bytes(200 * net::inputs(network.layers.front()), 5), net::inputs(network.layers.front()),
                     some_images(count, 200));
}

/// Columns first.. of X.
net::Matrix columns(const net::Matrix& X, Eigen::Index first, Eigen::Index count) { return X.middleCols(first, count); }

}  // namespace

TEST_CASE("logits, activations and input gradients agree with the reference in double") {
  const auto net = network();
  const auto batch = batch_of(net, 100);
  const auto labels = bytes(100, 6, 7);
  const auto layers = net::reference::convert<double>(net);
  const auto activations = net::reference::forward(layers, standardised<double>(net, batch.X));
  const auto wanted = net::reference::backward(layers, activations, labels);

  net::Classifier classifier(net);
  const net::Matrix Z = classifier.logits(batch.X, batch.images);
  std::vector<float> loss(100);
  net::Matrix dZ;
  net::cross_entropy(Z, labels, loss, &dZ);
  const net::Matrix hidden = classifier.activations(batch.X, 2);
  const net::Matrix dX = classifier.input_gradient(dZ);

  CHECK(distance(Z, activations.back()) < rounding);
  CHECK(distance(hidden, activations[2]) < rounding);
  const net::reference::Matrix<double> wanted_dX = wanted.dX * 100 / static_cast<double>(net.input_sd);  // sums, by pixels
  CHECK(distance(dX, wanted_dX) < rounding);
}

TEST_CASE("an image's logits and input gradient do not depend on the batch it is in, nor on its place there") {
  const auto net = network();
  const auto batch = batch_of(net, 128);
  net::Classifier classifier(net, noise_at(2));
  const net::Matrix Z = classifier.logits(batch.X, batch.images, 3);
  const net::Matrix dZ = Z.array().sin();
  const net::Matrix dX = classifier.input_gradient(dZ);

  for (const auto& [first, count] : {std::pair{5, 1}, {3, 7}, {20, 100}, {64, 64}, {0, 128}}) {
    CAPTURE(first);
    CAPTURE(count);
    const auto images = std::span(batch.images).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
    const net::Matrix some = classifier.logits(columns(batch.X, first, count), images, 3);
    CHECK(some == columns(Z, first, count));
    CHECK(classifier.input_gradient(columns(dZ, first, count)) == columns(dX, first, count));
  }
}

TEST_CASE("logits of byte images have the bits of the logits of the gathered batch") {
  const auto net = network();
  const auto pixels = bytes(200 * 37, 5);
  const auto batch = batch_of(net, 100);
  net::Classifier classifier(net, noise_at(1));

  const net::Matrix gathered = classifier.logits(batch.X, batch.images, 4);

  CHECK(classifier.logits(pixels, batch.images, 4) == gathered);
}

TEST_CASE("noise is added after the activation function, below the next layer, and nowhere else") {
  const auto net = network();
  const auto batch = batch_of(net, 70);
  const auto layers = net::reference::convert<double>(net);
  const auto noise = noise_at(2);
  net::Matrix noisy = net::Classifier(net).activations(batch.X, 2);
  noise.add(noisy, batch.images, 9);
  const std::vector<net::reference::Layer<double>> tail(layers.begin() + 2, layers.end());
  const auto wanted = net::reference::forward(tail, net::reference::Matrix<double>(noisy.cast<double>()));

  net::Classifier classifier(net, noise);
  const net::Matrix Z = classifier.logits(batch.X, batch.images, 9);
  const net::Matrix clean = classifier.activations(batch.X, 2);

  CHECK(distance(Z, wanted.back()) < rounding);
  CHECK(clean == net::Classifier(net).activations(batch.X, 2));
  CHECK(classifier.stochastic());
}

TEST_CASE("gradients pass through the noise, and units stay shut by their activation before the noise") {
  const auto net = network();
  const auto batch = batch_of(net, 70);
  const auto noise = noise_at(2);
  net::Classifier classifier(net, noise);
  const net::Matrix Z = classifier.logits(batch.X, batch.images, 1);
  const net::Matrix dX = classifier.input_gradient(net::Matrix::Ones(Z.rows(), Z.cols()));

  // Central differences of sum(Z) along one pixel, in double: the noise is a constant.
  const auto layers = net::reference::convert<double>(net);
  const net::Matrix zero = net::Matrix::Zero(41, 70);
  net::Matrix noise_alone = zero;
  noise.add(noise_alone, batch.images, 1);
  const auto sum = [&](double change, Eigen::Index pixel, Eigen::Index image) {
    auto X = standardised<double>(net, batch.X);
    X(pixel, image) += change / static_cast<double>(net.input_sd);
    const std::vector<net::reference::Layer<double>> head(layers.begin(), layers.begin() + 2),
        tail(layers.begin() + 2, layers.end());
    net::reference::Matrix<double> hidden = net::reference::forward(head, X).back().cwiseMax(0);
    hidden += noise_alone.cast<double>();
    return net::reference::forward(tail, hidden).back().sum();
  };
  const double h = 1e-6, difference = 1e-4;  // the network is piecewise linear: float's rounding of dX is what remains
  for (Eigen::Index pixel = 0; pixel < 37; pixel += 5) {
    CAPTURE(pixel);
    CHECK(std::abs((sum(h, pixel, 66) - sum(-h, pixel, 66)) / (2 * h) - static_cast<double>(dX(pixel, 66))) < difference);
  }
}

TEST_CASE("each draw has the bits of its own logits, and a classifier without noise shows every draw the same") {
  const auto net = network();
  const auto batch = batch_of(net, 70);
  net::Classifier noisy(net, noise_at(1)), clean(net);

  std::vector<net::Matrix> draws, same;
  noisy.each_draw(batch.X, batch.images, 5, 3, [&](std::uint64_t draw, const net::Matrix& Z) {
    CHECK(draw == 5 + draws.size());
    draws.push_back(Z);
  });
  clean.each_draw(batch.X, batch.images, 5, 3, [&](std::uint64_t, const net::Matrix& Z) { same.push_back(Z); });

  REQUIRE(draws.size() == 3);
  REQUIRE(same.size() == 3);
  for (std::uint64_t d = 0; d < 3; ++d) {
    CHECK(draws[d] == noisy.logits(batch.X, batch.images, 5 + d));
    CHECK(same[d] == same[0]);
  }
  CHECK(draws[0] != draws[1]);
}

TEST_CASE("the mean input gradient is that of the draws' own gradients, for one dZ per draw and for one for all") {
  const auto net = network();
  const auto batch = batch_of(net, 70);
  for (const int layer : {0, 1, 2, 3}) {
    CAPTURE(layer);
    net::Classifier classifier(net, layer > 0 ? noise_at(layer) : net::NoiseSite{}),
        single(net, layer > 0 ? noise_at(layer) : net::NoiseSite{});
    const auto Z = classifier.logits_of_draws(batch.X, batch.images, 5, 4);
    const std::vector<net::Matrix> dZ(Z.begin(), Z.end());

    const net::Matrix each = classifier.mean_input_gradient(dZ);
    const net::Matrix common = classifier.mean_input_gradient({dZ.data(), 1});

    Eigen::MatrixXd of_each = Eigen::MatrixXd::Zero(each.rows(), each.cols()), of_common = of_each;
    for (std::uint64_t k = 0; k < dZ.size(); ++k) {
      CHECK(single.logits(batch.X, batch.images, 5 + k) == dZ[k]);
      of_each += single.input_gradient(dZ[k]).cast<double>() / static_cast<double>(dZ.size());
      of_common += single.input_gradient(dZ[0]).cast<double>() / static_cast<double>(dZ.size());
    }
    CHECK(dZ.size() == (layer > 0 ? 4 : 1));
    CHECK((each.cast<double>() - of_each).norm() < rounding * of_each.norm());
    CHECK((common.cast<double>() - of_common).norm() < rounding * of_common.norm());
  }
}

TEST_CASE("draws that are equal have a mean gradient with exactly the bits of one") {
  const auto net = network();
  const auto batch = batch_of(net, 70);
  const net::NoiseSite nothing{2, [](Eigen::Ref<net::Matrix>, std::span<const std::uint64_t>, std::uint64_t) {}};
  net::Classifier still(net), noisy(net, nothing);

  const auto draws = noisy.logits_of_draws(batch.X, batch.images, 0, 7);
  const std::vector<net::Matrix> Z(draws.begin(), draws.end());

  CHECK(Z.back() == still.logits(batch.X, batch.images));
  CHECK(noisy.mean_input_gradient(Z) == still.input_gradient(Z.back()));
}

TEST_CASE("activations between logits and input gradient leave the gradient as it is") {
  const auto net = network();
  const auto batch = batch_of(net, 70);
  net::Classifier classifier(net);
  const net::Matrix dZ = classifier.logits(batch.X, batch.images);
  const net::Matrix before = classifier.input_gradient(dZ);

  classifier.activations(net::Matrix::Zero(37, 70), 3);

  CHECK(classifier.input_gradient(dZ) == before);
}

TEST_CASE("training with noise sees the noisy inputs in dW and the clean gates in dX") {
  const auto net = network();
  const auto pixels = bytes(200 * 37, 5), labels = bytes(200, 6, 7);
  const auto images = some_images(100, 200);
  const auto noise = noise_at(2);
  net::Gradient gradient;

  net::TrainingPass(net, 128).run(net, pixels, labels, images, noise, 8, gradient);

  const auto layers = net::reference::convert<double>(net);
  auto activations = net::reference::forward(layers, standardised<double>(net, net::gather(pixels, 37, images).X));
  const auto clean = activations[2];
  net::Matrix noisy = clean.cast<float>();
  noise.add(noisy, images, 8);
  const std::vector<net::reference::Layer<double>> tail(layers.begin() + 2, layers.end()),
      head(layers.begin(), layers.begin() + 2);
  const auto upper = net::reference::forward(tail, net::reference::Matrix<double>(noisy.cast<double>()));
  const auto wanted = net::reference::backward(tail, upper, labels_of(labels, images));
  CHECK(distance(gradient[2].weight, in_order_of(net.layers[2], wanted.layers[0])) < rounding);
  const net::reference::Matrix<double> below = (clean.array() > 0).select(wanted.dX, 0);
  const net::reference::Matrix<double> dW = below * activations[1].transpose();
  const auto& layer = std::get<net::SparseLayer>(net.layers[1]);
  for (std::uint32_t j = 0; j < layer.inputs; ++j)
    for (auto k = layer.start[j]; k < layer.start[j + 1]; ++k)
      CHECK(std::abs(static_cast<double>(gradient[1].weight[k]) - dW(layer.target[k], j)) < rounding);
  CHECK(distance(gradient[1].bias, Eigen::VectorXd(below.rowwise().sum())) < rounding);
}

TEST_CASE("a layer with many links gives the same bits by its dense copy as by the sparse product") {
  const net::SparseLayer first = sparse_layer(37, 53, 0.6, 1);
  const net::DenseLayer last = dense_layer(53, 7, 2);
  const net::Network net{{first, last}, 0, 1};
  const auto batch = batch_of(net, net::lanes);
  net::Classifier classifier(net);

  const net::Matrix Z = classifier.logits(batch.X, batch.images);
  const net::Matrix dX = classifier.input_gradient(Z);

  net::Tile X(37), Y(53), logits(7), dY(53), gradient(37);
  net::Gates gates(53);
  net::kernels::load_columns(batch.X, 0, 0, 1, X);
  net::kernels::forward(first, X.data(), Y.data(), gates.data());
  net::kernels::forward(last, Y.data(), logits.data(), nullptr);
  net::kernels::backward(last, nullptr, logits.data(), {.gates = gates.data(), .dX = dY.data()});
  net::kernels::backward(first, nullptr, dY.data(), {.dX = gradient.data()});
  const auto bits = [](const net::Tile& tile) {
    return Eigen::Map<const net::Matrix>(tile.data()->lane.data(), static_cast<Eigen::Index>(tile.size()), net::lanes);
  };
  CHECK(Z == bits(logits));
  CHECK(dX == bits(gradient));
}
