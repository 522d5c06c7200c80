// SPDX-License-Identifier: BSD-3-Clause
// Training on batches of which an adversary changes a part.

#include "espalier/train/adversarial.hpp"

#include <doctest/doctest.h>

#include <map>
#include <numeric>

#include "espalier/net/reference.hpp"
#include "espalier/train/topology.hpp"
#include "espalier/train/trainer.hpp"
#include "fixtures.hpp"

using namespace espalier;
using fixtures::Blocks;
using fixtures::model;

namespace {

core::ModelSpec attacked_model(double share, const std::vector<std::pair<std::string, core::Value>>& train) {
  auto spec = model("set", 0.8, train);
  spec.topology.values["adversarial"] = std::string("pgd");
  spec.topology.values["adversarial_level"] = 0.1;
  spec.topology.values["adversarial_share"] = share;
  return spec;
}

/// No attack, but a change that depends on the network, the image and the epoch.
net::Matrix change(const net::Network& network, const net::Batch& clean, std::span<const std::uint8_t> labels, int epoch) {
  net::Classifier classifier(network);
  const net::Matrix& Z = classifier.logits(clean.X, clean.images);
  net::Matrix X = clean.X;
  for (Eigen::Index b = 0; b < X.cols(); ++b) {
    const auto image = static_cast<float>(clean.images[static_cast<std::size_t>(b)] % 7 + static_cast<std::size_t>(epoch));
    X.col(b) = (1 - X.col(b).array()) * (Z(labels[static_cast<std::size_t>(b)], b) > 0 ? 0.9F : 0.8F) / (1 + image);
  }
  return X;
}

const std::vector<std::pair<std::string, core::Value>> one_step{{"hidden", std::vector<double>{30, 20}},
                                                                {"epochs", 1.0},
                                                                {"batch", 300.0},
                                                                {"optimizer", "sgd"},
                                                                {"momentum", 0.9},
                                                                {"learning_rate", 0.5},
                                                                {"schedule", "constant"}};

std::vector<float> weights(const core::ModelResult& result) {
  std::vector<float> all;
  for (const auto& layer : result.layers) all.insert(all.end(), layer.weight.begin(), layer.weight.end());
  return all;
}

}  // namespace

TEST_CASE("a step of adversarial training follows the reference's gradient in double on the batch with its share changed") {
  const Blocks blocks;
  const auto& set = blocks.dataset.train;
  const auto spec = attacked_model(0.3, one_step);
  const auto start = train::initial_network(spec, 1, blocks.dataset);
  net::Batch seen;
  const auto adversary = [&](const net::Network& network, const net::Batch& clean, std::span<const std::uint8_t> labels,
                             int epoch) {
    seen = {change(network, clean, labels, epoch), clean.images};
    CHECK(net::to_stored(network)[0].weight == net::to_stored(start)[0].weight);
    CHECK(epoch == 0);
    return seen.X;
  };

  const auto result = train::train(spec, 1, blocks.dataset, {}, adversary);

  REQUIRE(seen.images.size() == 90);  // 30 % of 300
  std::vector<std::uint64_t> all(300);
  std::iota(all.begin(), all.end(), std::uint64_t{0});
  net::Matrix X = net::gather(set.pixels, 64, all).X;
  for (std::size_t i = 0; i < seen.images.size(); ++i)
    X.col(static_cast<Eigen::Index>(seen.images[i])) = seen.X.col(static_cast<Eigen::Index>(i));
  const auto layers = net::reference::convert<double>(start);
  const net::reference::Matrix<double> wide = X.cast<double>();
  const auto gradient = net::reference::backward(layers, net::reference::forward(layers, wide), set.labels);
  const auto after = net::reference::convert<double>(net::from_stored(result.layers, result.input_mean, result.input_sd));
  CHECK(result.epochs[0].train_loss == doctest::Approx(gradient.loss).epsilon(1e-5));  // float
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const Eigen::MatrixXd wanted = Eigen::MatrixXd(layers[l].W) - 0.5 * Eigen::MatrixXd(gradient.layers[l].W);
    CHECK((Eigen::MatrixXd(after[l].W) - wanted).cwiseAbs().maxCoeff() < 1e-5);  // float against double
  }
}

TEST_CASE("without a share, or without being asked for, adversarial training gives the bits of the clean one") {
  const Blocks blocks;
  const std::vector<std::pair<std::string, core::Value>> short_training{
      {"hidden", std::vector<double>{60, 50}}, {"epochs", 2.0}, {"batch", 32.0}};
  const auto clean = train::train(model("set", 0.8, short_training), 1, blocks.dataset, {});

  const auto no_share = train::train(attacked_model(0, short_training), 1, blocks.dataset, {}, change);
  const auto not_asked = train::train(model("set", 0.8, short_training), 1, blocks.dataset, {}, change);
  const auto asked = train::train(attacked_model(0.5, short_training), 1, blocks.dataset, {}, change);

  CHECK(weights(no_share) == weights(clean));
  CHECK(weights(not_asked) == weights(clean));
  CHECK(weights(asked) != weights(clean));
}

TEST_CASE("every epoch changes its share of every batch, the last and smaller one too") {
  const Blocks blocks;
  std::map<int, std::vector<std::size_t>> changed;  // per epoch, the images of each batch
  const auto adversary = [&](const net::Network&, const net::Batch& clean, std::span<const std::uint8_t> labels, int epoch) {
    CHECK(labels.size() == clean.images.size());
    for (std::size_t i = 0; i < labels.size(); ++i) CHECK(labels[i] == blocks.dataset.train.labels[clean.images[i]]);
    changed[epoch].push_back(clean.images.size());
    return clean.X;
  };

  train::train(attacked_model(0.25, {{"hidden", std::vector<double>{20}}, {"epochs", 2.0}, {"batch", 128.0}}), 1, blocks.dataset,
               {}, adversary);

  for (const int epoch : {0, 1}) CHECK(changed[epoch] == std::vector<std::size_t>{32, 32, 11});  // of 128, 128 and 44
}

TEST_CASE("adversarial training goes on from a kept state to the same bits") {
  const Blocks blocks;
  const auto spec = attacked_model(0.5, {{"hidden", std::vector<double>{60, 50}}, {"epochs", 4.0}, {"batch", 32.0}});
  std::vector<std::vector<std::byte>> states;
  const auto whole =
      train::train(spec, 1, blocks.dataset, {.save = [&](const auto& state) { states.push_back(state()); }}, change);

  for (const auto& state : states) {
    train::Observer observer;
    observer.resume = state;
    CHECK(weights(train::train(spec, 1, blocks.dataset, observer, change)) == weights(whole));
  }
}

TEST_CASE("adversarial training costs its attack's passes on its share") {
  const auto& kind = train::rule("set").kind;

  const core::Cost clean = kind.cost(fixtures::settings(kind));
  const core::Cost half = kind.cost(fixtures::settings(
      kind, {{"adversarial", "pgd"}, {"adversarial_level", 0.1}, {"adversarial_steps", 8.0}, {"adversarial_share", 0.5}}));

  CHECK(clean.forward == 1);
  CHECK(clean.backward == 0);
  CHECK(half.forward == 5);
  CHECK(half.backward == 4);
}

TEST_CASE("a model that asks for an adversary and gets none is an error of the program") {
  const Blocks blocks;

  CHECK_THROWS_AS(train::train(attacked_model(0.5, one_step), 1, blocks.dataset, {}), std::logic_error);
}
