// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "robust/alarms.hpp"
#include "robust/climb.hpp"
#include "robust/networks.hpp"
#include "robust/noise_sites.hpp"
#include "robust/score.hpp"

using namespace espalier;
using namespace espalier::robust;
using namespace espalier::robust::testing;

namespace {

std::uint32_t alarms(const net::Network& network, const EvaluationSettings& evaluation, const Images& images,
                     const std::string& kind, const std::map<std::string, core::Value>& values) {
  const core::CellResult cell = evaluate(network, evaluation, images.all(), settings(kind, values), {1, 0});
  return static_cast<std::uint32_t>(cell.values[core::metric("alarms")]);
}

/// A network whose first layer sees only sums that are far above a dead band: its ReLUs are off at grey images and within
/// `band` of them, so that the gradient is 0 there though larger changes turn the image.
net::Network dead_band(std::uint32_t inputs, float band) {
  net::DenseLayer first{net::Matrix::Zero(2, inputs), {0, 0}};
  first.weight.row(0).setConstant(1);
  first.weight.row(1).setConstant(-1);
  const float grey = 0.5f * static_cast<float>(inputs);
  first.bias = {-grey - band, grey - band};
  net::DenseLayer second{net::Matrix::Constant(2, 2, 0), {1, 0}};
  second.weight.row(1).setConstant(100);  // either side of the band says class 1
  return {{first, second}};
}

/// `network` behind a staircase of 10 steps for each pixel, each step a pair of steep ReLUs: a gradient of 0 almost everywhere.
net::Network shattered(const net::Network& network, std::uint32_t inputs) {
  constexpr std::uint32_t steps = 10;
  constexpr float steepness = 1000;
  net::DenseLayer edges{net::Matrix::Zero(2 * steps * inputs, inputs), {}};
  net::DenseLayer sums{net::Matrix::Zero(inputs, 2 * steps * inputs), std::vector<float>(inputs, 0)};
  for (std::uint32_t j = 0; j < inputs; ++j)
    for (std::uint32_t s = 0; s < 2 * steps; ++s) {
      const auto unit = static_cast<Eigen::Index>(edges.bias.size());
      edges.weight(unit, j) = steepness;
      const float at = (static_cast<float>(s / 2) + 0.503f) / steps;  // between the pixel values of bytes
      edges.bias.push_back(-steepness * at - (s % 2 == 0 ? 0.0f : 1.0f));
      sums.weight(j, unit) = (s % 2 == 0 ? 1.0f : -1.0f) / steps;
    }
  net::Network out;
  out.layers = {edges, sums};
  for (const net::Layer& layer : network.layers) out.layers.push_back(layer);
  return out;
}

}  // namespace

TEST_CASE("Attacks on 50 usual networks raise an alarm in at most 2 % of the cells of each attack") {
  const std::vector<std::pair<std::string, std::map<std::string, core::Value>>> attacks{
      {"pgd", {{"level", 0.1}, {"steps", 20.0}}},
      {"pgd", {{"level", 0.3}, {"steps", 20.0}, {"norm", std::string("l2")}}},
      {"mim", {{"level", 0.05}}},
      {"apgd", {{"level", 0.05}, {"steps", 20.0}, {"loss", std::string("dlr")}}}};
  for (const auto& [kind, values] : attacks) {
    CAPTURE(kind);
    int raised = 0;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      const net::Network network = sparse_network({36, 50, 40, 5}, 0.3, seed);
      raised += alarms(network, {}, images_of(network, {6, 6}, 100, seed), kind, values) != 0;
    }
    CHECK(raised <= 1);
  }
}

TEST_CASE(
    "Attacks on saturated and gradient-shattered networks and on masks of noise raise alarms in at least 95 % of the cells") {
  int saturated_raised = 0, shattered_raised = 0, masked = 0, masked_raised = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const net::Network network = sparse_network({36, 50, 40, 5}, 0.3, seed);
    Images images = images_of(network, {6, 6}, 100, seed);
    net::Network saturated = network;
    scale_logits(saturated, 1e5f);
    saturated_raised += (alarms(saturated, {}, images, "pgd", {{"level", 0.1}, {"steps", 20.0}}) & kSaturated) != 0;
    shattered_raised += alarms(shattered(network, 36), {}, images, "pgd", {{"level", 0.1}, {"steps", 20.0}}) != 0;
    const EvaluationSettings noisy{gaussian_noise(1.5f), 300};
    net::Classifier classifier(network, noisy.noise);
    const net::Batch all = images.batch(0, 100);
    images.labels = net::predict(mean_logits(classifier, all.X, all.images, 0, noisy.draws));
    // The noise is a mask where one draw leaves ten points more than many do.
    const auto left = [&](double draws) {
      const core::Settings how = settings("fgsm", {{"level", 0.15}, {"eot", draws}});
      return evaluate(network, noisy, images.all(), how, {1, 0}).values[core::metric("accuracy")];
    };
    if (left(1) - left(50) < 0.1) continue;
    ++masked;
    masked_raised += (alarms(network, noisy, images, "fgsm", {{"level", 0.15}, {"eot", 1.0}}) & kTransferBeatsDirect) != 0;
  }
  CHECK(saturated_raised >= 19);
  CHECK(shattered_raised >= 19);
  CHECK(masked >= 10);
  CHECK(masked_raised >= 0.95 * masked);
}

TEST_CASE("A gradient of zero on images that are wrong anyway is no alarm") {
  const net::Network network = sparse_network({36, 50, 40, 5}, 0.3, 1);
  Images images = images_of(network, {6, 6}, 100, 2);
  net::Classifier classifier(network);
  const net::Batch all = images.batch(0, 100);
  const net::Matrix Z = classifier.logits(all.X, all.images);
  for (std::size_t b = 0; b < 40; ++b) images.labels[b] = ranking(Z, static_cast<Eigen::Index>(b))[2];  // there dlr is flat

  CHECK((alarms(network, {}, images, "apgd", {{"level", 0.001}, {"loss", std::string("dlr")}}) & kGradientZero) == 0);
}

TEST_CASE("A gradient of zero on any image is told, and so is the black box that finds what it hid") {
  const net::Network network = dead_band(36, 0.5f);
  Images images = images_of(network, {6, 6}, 100, 2);
  images.pixels.assign(images.pixels.size(), 128);
  images.labels.assign(100, 0);

  const std::uint32_t bits = alarms(network, {}, images, "bim", {{"level", 0.1}});

  CHECK((bits & kGradientZero) != 0);
  CHECK((bits & kBlackBoxBeatsWhiteBox) != 0);
  CHECK((alarms(network, {}, images, "cascade", {{"level", 0.1}}) & kBlackBoxBeatsWhiteBox) != 0);
}

TEST_CASE("An attack that stops on its way is told") {
  const net::Network network = sparse_network({36, 50, 40, 4}, 0.3, 1);
  const Images images = images_of(network, {6, 6}, 150, 2);

  const std::map<std::string, core::Value> short_steps{{"level", 0.1}, {"step", 0.02}, {"steps", 10.0}, {"random_start", false}};

  CHECK((alarms(network, {}, images, "pgd", short_steps) & kStillRising) != 0);
}

TEST_CASE("An attack that is weaker at the larger level is told") {
  // One step of fgsm leaves the band at eps but a dead band far away makes larger steps land on safe ground again.
  net::Network network;
  net::DenseLayer first{net::Matrix::Zero(2, 4), {-2.1f, -2.3f}};
  first.weight.setConstant(1);  // sums of the four pixels; grey is 2.2 (0.55 each)
  net::DenseLayer second{net::Matrix::Zero(2, 2), {0.15f, 0}};
  second.weight << 0, 0, 1, -3;  // z_1 rises from a sum of 2.1 on and falls from 2.3 on
  network.layers = {first, second};
  Images images{std::vector<std::uint8_t>(400, 140), std::vector<std::uint8_t>(100, 0), {2, 2}, 2};

  CHECK((alarms(network, {}, images, "fgsm", {{"level", 0.04}}) & kNotMonotone) != 0);
  CHECK((alarms(network, {}, images, "fgsm", {{"level", 0.01}}) & kNotMonotone) == 0);
}

TEST_CASE("An attack that noise leads astray is told when the noiseless twin's inputs do better") {
  const net::Network network = sparse_network({36, 50, 40, 4}, 0.3, 1);
  const Images images = images_of(network, {6, 6}, 100, 2);
  const EvaluationSettings noisy{gaussian_noise(1.0f), 200};

  const std::map<std::string, core::Value> one_draw{{"level", 0.1}, {"eot", 1.0}, {"loss", std::string("ce")}};

  CHECK((alarms(network, noisy, images, "fgsm", one_draw) & kTransferBeatsDirect) != 0);
  CHECK((alarms(network, {}, images, "fgsm", one_draw) & kTransferBeatsDirect) == 0);
}

TEST_CASE("Saturated logits are told, and so is a cross-entropy that they blind") {
  net::Network network = sparse_network({36, 50, 40, 4}, 0.3, 1);
  const Images images = images_of(network, {6, 6}, 150, 2);
  std::map<std::string, core::Value> plain{{"level", 0.1}, {"loss", std::string("ce")}, {"steps", 10.0}};
  const std::uint32_t usual = alarms(network, {}, images, "bim", plain);
  scale_logits(network, 1e5f);

  // The gradients of draws share one factor: their mean loses what a single gradient keeps.
  plain["eot_mode"] = std::string("mean-gradient");
  const std::uint32_t blind = alarms(network, {gaussian_noise(0.1f), 10}, images, "bim", plain);

  CHECK((usual & (kSaturated | kScaleMatters)) == 0);
  CHECK((blind & kSaturated) != 0);
  CHECK((blind & kScaleMatters) != 0);
  CHECK((alarms(network, {}, images, "cascade", {{"level", 0.1}, {"queries", 100.0}}) & kSaturated) != 0);
}

TEST_CASE("One attack beats another only by more than two standard errors of the paired difference") {
  std::vector<std::uint8_t> all(100, 1), four = all, five = all, mixed = all, other = all;
  std::fill_n(four.begin(), 4, std::uint8_t{0});
  std::fill_n(five.begin(), 5, std::uint8_t{0});
  std::fill_n(mixed.begin(), 20, std::uint8_t{0});
  std::fill_n(other.begin() + 20, 10, std::uint8_t{0});

  CHECK(!beats(four, all));  // 4 = 2 sqrt(4)
  CHECK(beats(five, all));
  CHECK(!beats(mixed, other));  // 20 against 10: 10 < 2 sqrt(30)
  CHECK(!beats(all, five));
}

TEST_CASE("A loss still rises when the last tenth of the steps brings more than a twentieth of the whole rise") {
  CHECK(still_rising(0, 0.9f, 1));
  CHECK(!still_rising(0, 0.96f, 1));
  CHECK(!still_rising(1, 0.5f, 0.9f));
}
