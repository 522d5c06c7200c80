#include <doctest/doctest.h>

#include <numeric>

#include "espalier/core/random.hpp"
#include "espalier/net/reference.hpp"
#include "espalier/net/training_pass.hpp"

using namespace espalier;

namespace {

net::Network small_network() {
  net::SparseLayer a;
  a.inputs = 3;
  a.outputs = 4;
  a.start = {0, 2, 3, 5};
  a.target = {0, 2, 1, 0, 3};
  a.weight = {0.5f, -1.0f, 2.0f, 0.25f, 1.5f};
  a.bias = {0.1f, -0.2f, 0.3f, 0.0f};
  net::index_by_output(a);
  net::DenseLayer b{net::Matrix{{1.0f, -1.0f, 0.5f, 0.25f}, {-0.5f, 0.75f, 1.0f, -1.0f}}, {0.05f, -0.05f}};
  return {{a, b}, 0.2f, 0.5f};
}

const std::vector<std::uint8_t> pixels{0, 51, 255, 102, 204, 153, 255, 255, 0};
const std::vector<std::uint8_t> labels{0, 1, 1};
const std::vector<std::uint64_t> images{2, 0, 1};

}  // namespace

TEST_CASE("a training pass agrees with the reference") {
  const auto network = small_network();
  auto layers = net::reference::convert<float>(network);
  net::Matrix X = (net::gather(pixels, 3, images).X.array() - 0.2f) / 0.5f;
  const std::vector<std::uint8_t> y{1, 0, 1};
  const auto wanted = net::reference::backward(layers, net::reference::forward(layers, X), y);

  net::TrainingPass pass(network, 3);
  net::Gradient gradient;
  const auto score = pass.run(network, pixels, labels, images, {}, 0, gradient);

  const double tolerance = 1e-5;  // a few roundings of float
  CHECK(score.loss / 3 == doctest::Approx(wanted.loss).epsilon(tolerance));
  for (std::size_t l = 0; l < 2; ++l) {
    net::Matrix dense = pass.dense_gradient(l);
    CHECK((Eigen::Map<Eigen::VectorXf>(gradient[l].bias.data(), wanted.layers[l].b.size()) - wanted.layers[l].b).norm() <
          tolerance);
    if (l == 0) {
      const auto& a = std::get<net::SparseLayer>(network.layers[0]);
      for (std::uint32_t j = 0; j < 3; ++j)
        for (auto k = a.start[j]; k < a.start[j + 1]; ++k) {
          CHECK(std::abs(gradient[0].weight[k] - wanted.layers[0].W.coeff(a.target[k], j)) < tolerance);
          CHECK(std::abs(gradient[0].weight[k] - dense(a.target[k], j)) < tolerance);
        }
    }
  }
}

TEST_CASE("a classifier's input gradient agrees with the reference") {
  const auto network = small_network();
  const auto layers = net::reference::convert<float>(network);
  const auto batch = net::gather(pixels, 3, images);
  net::Matrix X = (batch.X.array() - 0.2f) / 0.5f;
  const std::vector<std::uint8_t> y{1, 0, 1};
  const auto activations = net::reference::forward(layers, X);
  const auto wanted = net::reference::backward(layers, activations, y);

  net::Classifier classifier(network);
  const net::Matrix Z = classifier.logits(batch.X, batch.images);
  std::vector<float> loss(3);
  net::Matrix dZ;
  net::cross_entropy(Z, y, loss, &dZ);
  const net::Matrix dX = classifier.input_gradient(dZ);

  const double tolerance = 1e-5;  // a few roundings of float
  CHECK((Z - activations.back()).norm() < tolerance);
  CHECK((dX * 0.5f / 3.0f - wanted.dX).norm() < tolerance);
}
