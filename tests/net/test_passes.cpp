// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "net/fixtures.hpp"

using namespace espalier;
using namespace espalier::net::fixtures;

namespace {

// Float against double over sums of at most some hundred terms near 1: a few tens of roundings of 6e-8.
constexpr double rounding = 1e-5;

struct Data {
  std::vector<std::uint8_t> pixels, labels;
};

Data data_for(const net::Network& network, std::size_t images) {
  return {bytes(images * net::inputs(network.layers.front()), 5), bytes(images, 6, net::outputs(network.layers.back()))};
}

net::reference::Gradients<double> wanted(const net::Network& network, const Data& data, const Images& images) {
  const auto layers = net::reference::convert<double>(network);
  const auto batch = net::gather(data.pixels, net::inputs(network.layers.front()), images);
  return net::reference::backward(layers, net::reference::forward(layers, standardised<double>(network, batch.X)),
                                  labels_of(data.labels, images));
}

void check_training(const net::Network& network, std::size_t batch) {
  const auto data = data_for(network, 200);
  const auto images = some_images(batch, 200);
  const auto reference = wanted(network, data, images);

  net::TrainingPass pass(network, static_cast<int>(batch), 0, false);
  net::Gradient gradient;
  const auto score = pass.run(network, data.pixels, data.labels, images, {}, 0, gradient);

  CHECK(score.images == batch);
  CHECK(std::abs(score.loss / static_cast<double>(batch) - reference.loss) < rounding);
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    CAPTURE(l);
    CHECK(distance(gradient[l].weight, in_order_of(network.layers[l], reference.layers[l])) < rounding);
    CHECK(distance(gradient[l].bias, reference.layers[l].b) < rounding);
  }
}

}  // namespace

TEST_CASE("loss and gradients of a training pass agree with the reference in double, for every batch size") {
  for (const std::size_t batch : {1, 15, 64, 65, 128, 150}) {
    CAPTURE(batch);
    check_training(network(), batch);
  }
}

TEST_CASE("a batch that was made of the images trains with the bits of the images themselves") {
  const auto net = network();
  const auto data = data_for(net, 200);
  for (const std::size_t batch : {1, 64, 100}) {
    const auto images = some_images(batch, 200);
    const net::Matrix X = net::gather(data.pixels, net::inputs(net.layers.front()), images).X;
    net::TrainingPass pass(net, static_cast<int>(batch), 0, false);
    net::Gradient gradient, made;

    const auto score = pass.run(net, data.pixels, data.labels, images, {}, 0, gradient);
    const auto same = pass.run(net, X, labels_of(data.labels, images), images, {}, 0, made);

    CHECK(same.loss == score.loss);
    CHECK(same.correct == score.correct);
    for (std::size_t l = 0; l < net.layers.size(); ++l) {
      CHECK(made[l].weight == gradient[l].weight);
      CHECK(made[l].bias == gradient[l].bias);
    }
  }
}

TEST_CASE("one input and one neuron train like the reference") {
  check_training({{sparse_layer(1, 1, 1, 1), dense_layer(1, 2, 2)}, 0, 1}, 3);
}

TEST_CASE("layers without links, with empty rows and columns, and without hidden layers train like the reference") {
  check_training({{sparse_layer(20, 30, 0, 1), dense_layer(30, 3, 2)}, 0, 1}, 70);
  check_training({{sparse_layer(20, 30, 0.02, 1), sparse_layer(30, 20, 0.02, 2), sparse_layer(20, 10, 0.5, 3)}, 0, 1}, 70);
  check_training({{dense_layer(17, 10, 1)}, 0.1f, 0.3f}, 70);
  check_training({{sparse_layer(17, 10, 0.5, 1)}, 0.1f, 0.3f}, 70);
}

TEST_CASE("an input with more links than are summed at once, and a wide layer, train like the reference") {
  check_training({{sparse_layer(5, 300, 0.9, 1), sparse_layer(300, 10, 0.3, 2)}, 0, 1}, 40);
}

TEST_CASE("the dense gradient holds the gradient of every link, live or not, and is refused where it was not asked for") {
  const auto net = network();
  const auto data = data_for(net, 200);
  const auto images = some_images(100, 200);
  net::Gradient gradient, lean;
  net::TrainingPass pass(net, 128), without(net, 128, 0, false);

  pass.run(net, data.pixels, data.labels, images, {}, 0, gradient);
  without.run(net, data.pixels, data.labels, images, {}, 0, lean);

  auto full = net;  // the same function with all links of layer 1, the new ones with weight 0
  auto& sparse = std::get<net::SparseLayer>(full.layers[1]);
  net::DenseLayer dense{net::Matrix::Zero(sparse.outputs, sparse.inputs), sparse.bias};
  for (std::uint32_t j = 0; j < sparse.inputs; ++j)
    for (auto k = sparse.start[j]; k < sparse.start[j + 1]; ++k) dense.weight(sparse.target[k], j) = sparse.weight[k];
  full.layers[1] = dense;
  CHECK(distance(pass.dense_gradient(1), in_order_of(full.layers[1], wanted(full, data, images).layers[1])) < rounding);
  CHECK_THROWS_AS(without.dense_gradient(1), std::logic_error);
  for (std::size_t l = 0; l < net.layers.size(); ++l) CHECK(gradient[l].weight == lean[l].weight);
}

TEST_CASE("layers below the first trained one get no gradient, the others the same bits as when all are trained") {
  const auto net = network();
  const auto data = data_for(net, 200);
  const auto images = some_images(100, 200);
  net::Gradient all, upper;

  net::TrainingPass(net, 128, 0, false).run(net, data.pixels, data.labels, images, {}, 0, all);
  net::TrainingPass(net, 128, 2, false).run(net, data.pixels, data.labels, images, {}, 0, upper);

  CHECK(upper[0].weight.empty());
  CHECK(upper[1].bias.empty());
  for (std::size_t l : {2, 3}) {
    CHECK(upper[l].weight == all[l].weight);
    CHECK(upper[l].bias == all[l].bias);
  }
}

TEST_CASE("the score counts the images whose largest logit is their label") {
  const auto net = network();
  const auto data = data_for(net, 200);
  const auto images = some_images(150, 200);
  net::Gradient gradient;

  const auto score = net::TrainingPass(net, 150, 0, false).run(net, data.pixels, data.labels, images, {}, 0, gradient);

  net::Classifier classifier(net);
  const auto predicted = net::predict(classifier.logits(data.pixels, images));
  const auto labels = labels_of(data.labels, images);
  std::uint32_t correct = 0;
  for (std::size_t b = 0; b < images.size(); ++b) correct += predicted[b] == labels[b];
  CHECK(score.correct == correct);
  CHECK(correct > 0);
  CHECK(correct < images.size());
}

TEST_CASE("a network that is no longer finite shows it in the loss") {
  auto net = network();
  std::get<net::SparseLayer>(net.layers[0]).bias[3] = NAN;
  const auto data = data_for(net, 10);
  net::Gradient gradient;

  const auto score =
      net::TrainingPass(net, 10, 0, false).run(net, data.pixels, data.labels, some_images(10, 10), {}, 0, gradient);

  CHECK(std::isnan(score.loss));
}
