// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>

#include "espalier/data/dataset.hpp"
#include "espalier/robust/evaluate.hpp"
#include "robust/networks.hpp"
#include "robust/noise_sites.hpp"
#include "strength/searches.hpp"
#include "train/fixtures.hpp"

/// The program's attacks against attacks in float64 that share no code with it, on a network trained on Fashion-MNIST (on the
/// synthetic images where that is not installed), as it is and with all logits multiplied.
using namespace espalier;
using robust::testing::scale_logits;

namespace {

constexpr std::uint32_t kImages = 500;

struct Trained {
  data::Dataset dataset;
  net::Network network;
  std::vector<std::uint64_t> numbers;
  strength::Network reference;
  strength::Matrix X;
  strength::Labels y;

  robust::TestImages test(std::uint32_t images) const {
    const data::ImageSet& set = dataset.test;
    return {set.pixels, set.labels, {set.height, set.width}, images, dataset.classes, numbers};
  }
};

data::Dataset images() {
  const std::vector<std::filesystem::path> roots{"/usr/share/datasets"};
  return std::filesystem::exists(roots[0] / "fashion-mnist") ? data::load("fashion-mnist", roots) : data::synthetic();
}

const Trained& trained() {
  static const Trained all = [] {
    Trained out;
    out.dataset = images();
    const auto spec =
        fixtures::model("static", 0.9, {{"hidden", std::vector<double>{200, 200}}, {"epochs", 30.0}, {"learning_rate", 0.003}});
    const core::ModelResult result = train::train(spec, 1, out.dataset, {});
    out.network = net::from_stored(result.layers, result.input_mean, result.input_sd);
    const data::ImageSet& set = out.dataset.test;
    out.numbers = robust::random_images(set.count, kImages, {1, 0});
    out.reference = strength::convert(out.network);
    out.X = net::gather(set.pixels, set.size(), out.numbers).X.cast<double>();
    for (const std::uint64_t i : out.numbers) out.y.push_back(set.labels[i]);
    return out;
  }();
  return all;
}

using Values = std::map<std::string, core::Value>;

/// Accuracy that attack `kind` of the program leaves on the first `images` of the sample.
double attacked(const net::Network& network, const robust::EvaluationSettings& evaluation, const std::string& kind,
                const Values& values, std::uint32_t images = kImages) {
  const core::Settings how = robust::testing::settings(kind, values);
  return robust::evaluate(network, evaluation, trained().test(images), how, {1, 0}).values[core::metric("accuracy")];
}

double share(const std::vector<bool>& correct) {
  return static_cast<double>(std::ranges::count(correct, true)) / static_cast<double>(correct.size());
}

struct Case {
  std::string kind;
  Values values;
  strength::Matrix X;     ///< what the reference sends
  double sampling = 0.0;  ///< two standard errors of the difference between two independent random searches
};

strength::Network scaled_logits(strength::Network network, double factor) {
  network.W.back() *= factor;
  network.b.back() *= factor;
  return network;
}

Case climbs(const strength::Network& network, const std::string& kind, Values values, const strength::Loss& loss,
            const strength::Climb& how) {
  values["level"] = how.eps;
  return {kind, values, strength::climb(network, trained().X, trained().y, loss, how, 5)};
}

/// Attacks by the cross-entropy of the logits as they are, with what their references send on the network with its logits times
/// `factor`.
std::vector<Case> by_cross_entropy(double factor) {
  const strength::Network network = scaled_logits(trained().reference, factor);
  const Values ce{{"loss", std::string("ce")}};
  std::vector<Case> out;
  for (const double eps : {0.02, 0.05})
    out.push_back(climbs(network, "fgsm", ce, strength::cross_entropy, {.eps = eps, .step = eps}));
  const strength::Climb bim{.eps = 0.02, .steps = 10, .step = 0.2 * 0.02};
  out.push_back(climbs(network, "bim", ce, strength::cross_entropy, bim));
  return out;
}

strength::Climb from_random_start(double eps, int steps) {
  return {.eps = eps, .steps = steps, .step = 2.5 / steps * eps, .random_start = true};
}

/// Attacks that a factor of all logits does not change, with what their references send.
const std::vector<Case>& without_scale() {
  static const std::vector<Case> all = [] {
    const Trained& t = trained();
    const strength::Network& network = t.reference;
    const std::string l2 = "l2";
    const Values margin{{"loss", std::string("margin")}};
    std::mt19937_64 unused;
    const strength::Loss scaled = strength::scaled(strength::scale_of(strength::forward(network, t.X, unused).above.back()));
    const double eps = 0.02;
    return std::vector<Case>{
        climbs(network, "fgsm", {}, scaled, {.eps = 0.05, .step = 0.05}),
        climbs(network, "mim", margin, strength::margin, {.eps = eps, .steps = 10, .step = eps / 10, .decay = 1}),
        climbs(network, "bim", {}, scaled, {.eps = eps, .steps = 10, .step = 0.2 * eps}),
        climbs(network, "bim", {{"norm", l2}}, scaled, {.eps = 0.5, .l2 = true, .steps = 10, .step = 0.2 * 0.5}),
        climbs(network, "pgd", {{"steps", 20.0}}, scaled, from_random_start(eps, 20)),
        climbs(network, "apgd", {{"steps", 50.0}}, scaled, from_random_start(eps, 50)),
        {"deepfool", {{"level", 0.5}}, strength::deepfool(network, t.X, t.y, 0.5)},
        {"fab", {{"level", eps}, {"steps", 20.0}}, strength::fab(network, t.X, t.y, eps, false, 20)},
        {"fab", {{"level", 0.5}, {"steps", 20.0}, {"norm", l2}}, strength::fab(network, t.X, t.y, 0.5, true, 20)}};
  }();
  return all;
}

/// Square, whose searches are random: two of the reference tell how many images fall in one of them only.
Case by_square() {
  const Trained& t = trained();
  const double eps = 0.05;
  const strength::Matrix X = strength::square(t.reference, t.X, t.y, eps, 300, 5);
  const auto one = strength::correct(t.reference, X, t.y, 1, 0);
  const auto other = strength::correct(t.reference, strength::square(t.reference, t.X, t.y, eps, 300, 6), t.y, 1, 0);
  double in_one_only = 0;
  for (std::size_t b = 0; b < one.size(); ++b) in_one_only += one[b] != other[b];
  return {"square", {{"level", eps}, {"queries", 300.0}}, X, 2 * std::sqrt(in_one_only) / kImages};
}

void compare(float factor, const std::vector<Case>& cases) {
  const Trained& t = trained();
  net::Network network = t.network;
  scale_logits(network, factor);
  for (const Case& c : cases) {
    const double reference = share(strength::correct(t.reference, c.X, t.y, 1, 0));
    CHECK(reference < 0.8);  // or the comparison says little
    const double ours = attacked(network, {}, c.kind, c.values);
    MESSAGE(c.kind << " level " << core::canonical(c.values.at("level")) << " x" << factor << ": " << ours << ", reference "
                   << reference << ", sampling " << c.sampling);
    CHECK(ours <= reference + 0.01 + c.sampling);
  }
}

}  // namespace

TEST_CASE("No attack leaves more than a point above its float64 reference, however large the logits are") {
  const std::vector<Case> random{by_square()};
  for (const float factor : {1.0f, 100.0f, 1e5f}) {
    compare(factor, without_scale());
    compare(factor, random);
    compare(factor, by_cross_entropy(static_cast<double>(factor)));
  }
}

TEST_CASE("The cascade leaves no more than 0.2 points above all references together, however large the logits are") {
  const Trained& t = trained();
  std::vector<bool> standing(kImages, true);
  for (const Case& c : without_scale()) {
    if (c.kind == "deepfool" || c.values.contains("norm") || std::get<double>(c.values.at("level")) > 0.02) continue;
    const auto correct = strength::correct(t.reference, c.X, t.y, 1, 0);
    for (std::size_t b = 0; b < kImages; ++b) standing[b] = standing[b] && correct[b];
  }
  for (const float factor : {1.0f, 100.0f, 1e5f}) {
    net::Network network = t.network;
    scale_logits(network, factor);
    const double ours = attacked(network, {}, "cascade", {{"level", 0.02}, {"queries", 100.0}, {"steps", 30.0}});
    MESSAGE("cascade x" << factor << ": " << ours << ", reference " << share(standing));
    CHECK(ours <= share(standing) + 0.002);
  }
}

TEST_CASE("On a noisy network the cascade leaves no more than an attack in float64 on the mean logits, nor than its members") {
  const Trained& t = trained();
  strength::Network noisy = t.reference;
  noisy.sd = 1;
  const robust::EvaluationSettings evaluation{robust::testing::gaussian_noise(1), 10};
  const double eps = 0.03;
  constexpr std::uint32_t images = 100;
  const strength::Matrix clean = t.X.leftCols(images);
  const strength::Labels labels(t.y.begin(), t.y.begin() + images);
  const strength::Climb how{.eps = eps, .steps = 60, .step = 2.5 / 60 * eps, .decay = 0.75, .random_start = true, .draws = 20};
  const strength::Matrix X = strength::climb(noisy, clean, labels, strength::margin, how, 5);
  const double reference = share(strength::correct(noisy, X, labels, 10, 6));

  const double cascade = attacked(t.network, evaluation, "cascade", {{"level", eps}, {"queries", 20.0}, {"steps", 15.0}}, images);
  const double member = attacked(t.network, evaluation, "apgd", {{"level", eps}, {"steps", 15.0}}, images);

  MESSAGE("noisy: cascade " << cascade << ", reference " << reference << ", apgd " << member);
  CHECK(reference < 0.6);
  // Predictions of ten draws disagree on the few images at the boundary: three standard errors of 5 % of the images.
  const double sampling = 3 * std::sqrt(0.05 * 0.5 / images);
  CHECK(cascade <= reference + 0.01 + sampling);
  CHECK(cascade <= member + sampling);
}
