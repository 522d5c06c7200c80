// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/train/trainer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "espalier/core/failure.hpp"
#include "espalier/net/reference.hpp"
#include "fixtures.hpp"
#include "train/optimizer.hpp"
#include "train/rewiring.hpp"
#include "train/settings.hpp"

using namespace espalier;
using fixtures::Blocks;
using fixtures::images_of;
using fixtures::model;

namespace {

const std::vector<std::pair<std::string, core::Value>> small{
    {"hidden", std::vector<double>{60, 50}}, {"epochs", 4.0}, {"batch", 32.0}};

core::ModelResult run(const core::ModelSpec& spec, const data::Dataset& dataset, std::uint64_t seed = 1) {
  return train::train(spec, seed, dataset, {});
}

std::vector<core::LayerShape> shapes(const core::ModelResult& result) {
  std::vector<core::LayerShape> out;
  for (const auto& layer : result.layers) out.push_back(layer.shape);
  return out;
}

bool same_bits(const core::ModelResult& a, const core::ModelResult& b) {
  for (std::size_t l = 0; l < a.layers.size(); ++l) {
    const auto &x = a.layers[l], &y = b.layers[l];
    if (x.start != y.start || x.target != y.target || x.weight != y.weight || x.bias != y.bias) return false;
  }
  return a.test_loss == b.test_loss && a.epochs.back().train_loss == b.epochs.back().train_loss;
}

}  // namespace

TEST_CASE("every rule learns, and ends with the shapes that were promised before training") {
  const Blocks blocks;
  for (const auto& rule : train::rules()) {
    CAPTURE(rule.kind.name);
    const bool cht = rule.kind.name == "cht";  // which needs 98 %
    auto spec =
        model(rule.kind.name, cht ? 0.98 : 0.8,
              {{"hidden", cht ? std::vector<double>{300, 300} : std::vector<double>{60, 50}}, {"epochs", 20.0}, {"batch", 32.0}});
    if (rule.rewire) spec.topology.values["rewire_until"] = 0.5;

    const auto result = run(spec, blocks.dataset);

    CHECK(result.status == core::Status::done);
    CHECK(result.test_accuracy > 0.9);  // chance is 0.25
    CHECK((rule.rewire ? result.epochs[0].rewired > 0 : result.epochs[0].rewired == 0));
    CHECK(shapes(result) == train::layer_shapes(spec, images_of(8, 8, 4)));
    CHECK(result.epochs.size() == 20);
    CHECK_NOTHROW(net::from_stored(result.layers, result.input_mean, result.input_sd));
  }
}

TEST_CASE("training twice gives the same bits, another seed, model or rule gives others") {
  const Blocks blocks;
  const auto spec = model("set", 0.8, small);
  auto other = spec;
  other.stream = "another";

  const auto result = run(spec, blocks.dataset);

  CHECK(same_bits(result, run(spec, blocks.dataset)));
  CHECK_FALSE(same_bits(result, run(spec, blocks.dataset, 2)));
  CHECK_FALSE(same_bits(result, run(other, blocks.dataset)));
}

TEST_CASE("the first step of SGD follows the gradient of the reference in double") {
  const Blocks blocks;
  const auto& set = blocks.dataset.train;
  const auto spec = model("static", 0.8,
                          {{"hidden", std::vector<double>{30, 20}},
                           {"epochs", 1.0},
                           {"batch", 300.0},
                           {"optimizer", "sgd"},
                           {"momentum", 0.9},
                           {"learning_rate", 0.5},
                           {"schedule", "constant"},
                           {"weight_decay", 0.01},
                           {"standardise", true}});
  const auto before = train::initial_network(spec, 1, blocks.dataset);
  std::vector<std::uint64_t> all(300);
  std::iota(all.begin(), all.end(), std::uint64_t{0});
  const net::Matrix X = net::gather(set.pixels, 64, all).X;
  const net::reference::Matrix<double> Xs =
      (X.cast<double>().array() - static_cast<double>(before.input_mean)) / static_cast<double>(before.input_sd);
  const auto layers = net::reference::convert<double>(before);
  const auto gradient = net::reference::backward(layers, net::reference::forward(layers, Xs), set.labels);

  const auto result = run(spec, blocks.dataset);

  CHECK(result.epochs[0].train_loss == doctest::Approx(gradient.loss).epsilon(1e-5));  // float
  const auto after = net::reference::convert<double>(net::from_stored(result.layers, result.input_mean, result.input_sd));
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const Eigen::MatrixXd wanted =
        Eigen::MatrixXd(layers[l].W) - 0.5 * (Eigen::MatrixXd(gradient.layers[l].W) + 0.01 * Eigen::MatrixXd(layers[l].W));
    CHECK((Eigen::MatrixXd(after[l].W) - wanted).cwiseAbs().maxCoeff() < 1e-5);  // float against double
    CHECK((after[l].b + 0.5 * gradient.layers[l].b).cwiseAbs().maxCoeff() < 1e-5);
  }
}

TEST_CASE("the first step of Adam moves every weight by the learning rate against its gradient's sign") {
  const Blocks blocks;
  const auto spec = model("static", 0.8, {{"hidden", std::vector<double>{30}}, {"epochs", 1.0}, {"batch", 300.0}});
  const auto before = net::to_stored(train::initial_network(spec, 1, blocks.dataset));

  const auto result = run(spec, blocks.dataset);

  for (std::size_t i = 0; i < before[1].weight.size(); ++i) {
    const double moved = std::abs(static_cast<double>(result.layers[1].weight[i]) - static_cast<double>(before[1].weight[i]));
    CHECK((moved < 1e-9 || std::abs(moved - 0.003) < 1e-5));  // 0 for a dead neuron; epsilon of Adam and float
  }
}

TEST_CASE("a last batch that is smaller counts as what it is") {
  const Blocks blocks;  // 300 images: batches of 299 and 1
  auto spec = model("static", 0.8,
                    {{"hidden", std::vector<double>{30}},
                     {"epochs", 1.0},
                     {"batch", 299.0},
                     {"optimizer", "sgd"},
                     {"momentum", 0.0},
                     {"learning_rate", 1e-9},
                     {"schedule", "constant"}});
  const auto before = net::reference::convert<double>(train::initial_network(spec, 1, blocks.dataset));
  std::vector<std::uint64_t> all(300);
  std::iota(all.begin(), all.end(), std::uint64_t{0});
  const net::reference::Matrix<double> X = net::gather(blocks.dataset.train.pixels, 64, all).X.cast<double>();
  const auto wanted = net::reference::backward(before, net::reference::forward(before, X), blocks.dataset.train.labels);

  const auto result = run(spec, blocks.dataset);

  CHECK(result.epochs[0].train_loss == doctest::Approx(wanted.loss).epsilon(1e-5));  // at a rate that changes nothing
}

TEST_CASE("test accuracy and loss are those of the reference on the test images") {
  const Blocks blocks;
  const auto& set = blocks.dataset.test;
  auto short_training = small;
  short_training[1].second = 1.0;  // one epoch, so that some images are wrong
  std::vector<std::uint64_t> all(set.count);
  std::iota(all.begin(), all.end(), std::uint64_t{0});

  const auto result = run(model("set", 0.9, short_training), blocks.dataset);

  const auto layers = net::reference::convert<double>(net::from_stored(result.layers, 0, 1));
  const net::reference::Matrix<double> X = net::gather(set.pixels, 64, all).X.cast<double>();
  const auto activations = net::reference::forward(layers, X);
  const double loss = net::reference::backward(layers, activations, set.labels).loss;
  double correct = 0;
  for (Eigen::Index i = 0; i < X.cols(); ++i) {
    Eigen::Index best = 0;
    activations.back().col(i).maxCoeff(&best);
    correct += best == set.labels[static_cast<std::size_t>(i)];
  }
  CHECK(result.test_accuracy == correct / set.count);
  CHECK(result.test_accuracy < 1);
  CHECK(result.test_loss == doctest::Approx(loss).epsilon(1e-5));  // float
}

TEST_CASE("every layer and epoch rewires with draws of its own") {
  const Blocks blocks;
  auto spec = model("random", 0.9, {{"hidden", std::vector<double>{64, 64}}, {"epochs", 3.0}, {"batch", 300.0}});
  spec.topology.values["rewire_fraction"] = 1.0;  // so that the pattern depends on nothing but the draws

  const auto result = run(spec, blocks.dataset);

  CHECK(result.layers[0].target != result.layers[1].target);
  CHECK(result.epochs[2].turnover == doctest::Approx(0.9).epsilon(0.1));  // 1 - density, 5 sd of sqrt(0.1 0.9 / 819)
}

TEST_CASE("a cosine schedule starts at the full rate and ends next to 0, a constant one stays") {
  train::TrainSettings settings;
  settings.learning_rate = 0.5F;

  CHECK(settings.rate(0, 100) == 0.5F);
  CHECK(settings.rate(50, 100) == doctest::Approx(0.25));
  CHECK(settings.rate(99, 100) < 0.0002F);
  settings.cosine = false;
  CHECK(settings.rate(99, 100) == 0.5F);
}

TEST_CASE("rewiring follows its interval, last epoch and decay, and never comes after the last epoch") {
  train::RewireSettings settings{0.4, false, 1, 1};

  CHECK(settings.share(0, 10) == 0.4);
  CHECK(settings.share(8, 10) == 0.4);
  CHECK(settings.share(9, 10) == 0);
  settings.every = 3;
  CHECK(settings.share(0, 10) == 0);
  CHECK(settings.share(2, 10) == 0.4);
  settings = {0.4, true, 1, 0.5};
  CHECK(settings.share(5, 10) == 0);
  CHECK(settings.share(3, 8) == doctest::Approx(0).epsilon(1e-12));
  CHECK(settings.share(1, 8) == doctest::Approx(0.2));
}

TEST_CASE("the record of an epoch follows the links") {
  const Blocks blocks;
  auto spec = model("random", 0.8, small);
  spec.topology.values["rewire_fraction"] = 0.5;
  const double links = 64 * 60 - 3072 + 60 * 50 - 2400;  // at sparsity 0.8

  const auto epochs = run(spec, blocks.dataset).epochs;

  CHECK(epochs[0].turnover == 0);
  CHECK(epochs[0].ever_active == doctest::Approx(0.2));
  for (std::size_t e = 0; e < 3; ++e) {
    CHECK(epochs[e].rewired == links / 2);
    // Of the pruned half about 0.5 L / (N - 0.5 L) = 1/9 returns; 5 sd of about sqrt(0.5 L / 9) of L.
    CHECK(std::abs(epochs[e + 1].turnover - 0.5 * 8 / 9) < 5 * std::sqrt(0.5 / 9 / links));
    CHECK(epochs[e + 1].ever_active > epochs[e].ever_active);
  }
  CHECK(epochs[3].rewired == 0);
  CHECK(epochs[3].learning_rate < epochs[0].learning_rate);
}

TEST_CASE("weights decay and biases do not") {
  for (const bool adam : {false, true}) {
    net::Network network{{net::DenseLayer{net::Matrix::Constant(2, 3, 1.0F), {1, 1}}}};
    train::TrainSettings settings;
    settings.adam = adam;
    settings.weight_decay = 0.1F;
    train::Optimizer optimizer(settings, network);

    optimizer.step(network, {{std::vector<float>(6, 0.0F), {0, 0}}}, 0.5F);

    const auto& layer = std::get<net::DenseLayer>(network.layers[0]);
    CHECK(layer.weight(1, 2) == doctest::Approx(adam ? 0.5 : 0.95));  // Adam's first step has the length of the rate
    CHECK(layer.bias[1] == 1);
  }
}

TEST_CASE("the observer can stop a training") {
  const Blocks blocks;
  int calls = 0;

  CHECK_THROWS_AS(train::train(model("static", 0.8, small), 1, blocks.dataset,
                               {.after_epoch = [&](int, const core::Epoch&) { return ++calls < 2; }}),
                  core::Stopped);

  CHECK(calls == 2);
}

TEST_CASE("a training that diverges fails as not finite") {
  const Blocks blocks;
  const auto spec = model("dense", 0,
                          {{"hidden", std::vector<double>{30}},
                           {"epochs", 30.0},
                           {"optimizer", "sgd"},
                           {"momentum", 0.9},
                           {"learning_rate", 100.0},
                           {"weight_decay", 1.0}});

  CHECK_THROWS_AS(run(spec, blocks.dataset), core::NotFinite);
}

TEST_CASE("every default lies in its range, so that a grid without settings is valid") {
  auto kinds = train::topologies();
  kinds.push_back(train::train_settings());
  for (const auto& kind : kinds)
    for (const auto& parameter : kind.parameters) {
      if (parameter.active_if.first == "adversarial") continue;  // which is off where nothing is said
      if (parameter.optional) continue;
      CAPTURE(parameter.name);
      REQUIRE(parameter.default_value.size() == 1);
      if (const double* x = std::get_if<double>(&parameter.default_value[0])) CHECK((*x >= parameter.min && *x <= parameter.max));
      if (const auto* x = std::get_if<std::string>(&parameter.default_value[0]))
        CHECK(std::ranges::count(parameter.choices, *x) == 1);
      CHECK_FALSE(parameter.description.empty());
    }
}
