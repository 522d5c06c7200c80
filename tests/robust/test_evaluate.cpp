// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "robust/networks.hpp"
#include "robust/noise_sites.hpp"

using namespace espalier;
using namespace espalier::robust::testing;
using espalier::core::metric;

namespace {

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// The kind at level 0.1 (its least level where that is a whole number) with few steps, so that all kinds run in a moment.
core::Settings quick(const core::Kind& kind) {
  const std::map<std::string, core::Value> few{{"level", 0.1},   {"steps", 12.0}, {"queries", 15.0},
                                               {"targets", 2.0}, {"eot", 2.0},    {"severity", 2.0}};
  std::map<std::string, core::Value> values;
  for (const auto& [name, value] : few)
    if (kind.find(name)) values[name] = value;
  if (const core::Parameter* level = kind.find("level"); level && level->type == core::Type::integer)
    values["level"] = level->min;
  return settings(kind.name, values);
}

void check_same_bits(const core::CellResult& a, const core::CellResult& b) {
  CHECK(a.correct == b.correct);
  CHECK(a.outcomes == b.outcomes);
  REQUIRE(a.class_accuracy.size() == b.class_accuracy.size());
  for (std::size_t c = 0; c < a.class_accuracy.size(); ++c) CHECK(same(a.class_accuracy[c], b.class_accuracy[c]));
  for (std::size_t m = 0; m < core::metrics.size(); ++m) {
    CAPTURE(core::metrics[m].name);
    CHECK(same(a.values[m], b.values[m]));
  }
}

}  // namespace

TEST_CASE("An undisturbed network that made the labels itself is right everywhere") {
  const net::Network network = sparse_network({36, 50, 40, 4}, 0.2, 1);
  const Images images = images_of(network, {6, 6}, 37, 2);

  const core::CellResult cell = robust::evaluate(network, {}, images.all(), settings("none", {}), {1, 0});

  CHECK(cell.status == core::Status::done);
  CHECK(cell.correct == 37);
  CHECK(cell.images == 37);
  CHECK(cell.values[metric("accuracy")] == 1);
  CHECK(cell.values[metric("conditional_accuracy")] == 1);
  CHECK(cell.outcomes == std::vector<std::uint8_t>{255, 255, 255, 255, 31});
  CHECK(std::isnan(cell.values[metric("l2_mean")]));
}

TEST_CASE("Outcomes, class accuracies and shares agree with a count by hand") {
  const net::Network network = sparse_network({36, 50, 40, 4}, 0.2, 1);
  Images images = images_of(network, {6, 6}, 40, 2);
  const std::vector<std::uint8_t> truth = images.labels;
  for (std::size_t i = 0; i < 10; ++i)
    images.labels[i] = static_cast<std::uint8_t>((images.labels[i] + 1) % 4);  // ten wrong ones

  const core::CellResult cell = robust::evaluate(network, {}, images.all(), settings("none", {}), {1, 0});

  CHECK(cell.correct == 30);
  CHECK(cell.values[metric("accuracy")] == 0.75);
  for (std::size_t i = 0; i < 40; ++i) CHECK(((cell.outcomes[i / 8] >> (i % 8)) & 1) == (images.labels[i] == truth[i]));
  for (std::size_t c = 0; c < 4; ++c) {
    double all = 0, right = 0;
    for (std::size_t i = 0; i < 40; ++i) {
      all += images.labels[i] == c;
      right += images.labels[i] == c && truth[i] == c;
    }
    if (all > 0) CHECK(cell.class_accuracy[c] == static_cast<float>(right / all));
  }
}

TEST_CASE("The result has the same bits for every batch size, with noise, for every kind") {
  const net::Network network = sparse_network({36, 50, 40, 4}, 0.2, 1);
  const Images images = images_of(network, {6, 6}, 41, 2);
  const robust::EvaluationSettings evaluation{gaussian_noise(0.3f), 3};

  for (const robust::Perturbation& p : robust::perturbations()) {
    CAPTURE(p.kind.name);
    const core::Settings how = quick(p.kind);

    const core::CellResult whole = robust::evaluate(network, evaluation, images.all(), how, {1, 0}, 41);

    check_same_bits(whole, robust::evaluate(network, evaluation, images.all(), how, {1, 0}, 1));
    check_same_bits(whole, robust::evaluate(network, evaluation, images.all(), how, {1, 0}, 13));
  }
}

TEST_CASE("What evaluations share gives every kind the bits that it has by itself") {
  const net::Network network = sparse_network({36, 50, 40, 4}, 0.2, 1);
  const Images images = images_of(network, {6, 6}, 150, 2);
  const robust::EvaluationSettings evaluation{gaussian_noise(0.3f), 3};
  const robust::CleanResult clean = robust::evaluate_clean(network, evaluation, images.all());

  for (const robust::Perturbation& p : robust::perturbations()) {
    CAPTURE(p.kind.name);
    const core::Settings how = quick(p.kind);
    net::Matrix X;
    if (robust::is_corruption(how)) X = robust::corrupted(images.all(), how, {1, 0});

    const core::CellResult cell =
        robust::evaluate(network, evaluation, images.all(), how, {1, 0}, 128, {&clean, X.size() > 0 ? &X : nullptr});

    check_same_bits(cell, robust::evaluate(network, evaluation, images.all(), how, {1, 0}, 13));
  }
}

TEST_CASE("With a noisy network the shares over draws are ordered: every draw right, majority, and single draws between") {
  const net::Network network = sparse_network({36, 50, 40, 4}, 0.2, 1);
  const Images images = images_of(network, {6, 6}, 200, 2);

  const core::CellResult cell = robust::evaluate(network, {gaussian_noise(0.5f), 5}, images.all(), settings("none", {}), {1, 0});

  CHECK(cell.values[metric("worst_accuracy")] < cell.values[metric("single_accuracy")]);
  CHECK(cell.values[metric("single_accuracy")] < cell.values[metric("majority_accuracy")]);
  CHECK(cell.values[metric("worst_accuracy")] > 0);
  CHECK(cell.values[metric("accuracy")] < 1);
}

TEST_CASE("Damage reports its links and whether the outputs are still reached, and leaves the images' changes undefined") {
  const net::Network network = sparse_network({36, 50, 40, 4}, 0.2, 1);
  const Images images = images_of(network, {6, 6}, 20, 2);

  const core::CellResult all = robust::evaluate(network, {}, images.all(), settings("remove-links", {{"level", 1.0}}), {1, 0});
  const core::CellResult nothing =
      robust::evaluate(network, {}, images.all(), settings("remove-links", {{"level", 0.0}}), {1, 0});

  CHECK(all.values[metric("links")] == 0);
  CHECK(all.values[metric("live_outputs")] == 0);
  CHECK(nothing.values[metric("live_outputs")] == 1);
  CHECK(nothing.values[metric("accuracy")] == 1);
  CHECK(std::isnan(all.values[metric("linf_mean")]));
}

TEST_CASE("Majority vote and mean logits are told apart when one draw outshouts two") {
  net::DenseLayer hidden{net::Matrix::Constant(1, 1, 0), {10}}, output{net::Matrix::Zero(2, 1), {0, -10}};
  output.weight(1, 0) = 1;  // z_1 - z_0 = noise
  const net::Network network{{hidden, output}};
  const net::NoiseSite site{1, [](Eigen::Ref<net::Matrix> A, std::span<const std::uint64_t>, std::uint64_t draw) {
                              A.array() += draw == 0 ? 5.0f : -1.0f;
                            }};
  const Images image{{0}, {1}, {1, 1}, 2};

  const core::CellResult cell = robust::evaluate(network, {site, 3}, image.all(), settings("none", {}), {1, 0});

  CHECK(cell.values[metric("accuracy")] == 1);           // mean noise (5 - 1 - 1) / 3 says 1
  CHECK(cell.values[metric("majority_accuracy")] == 0);  // two of three draws say 0
  CHECK(cell.values[metric("single_accuracy")] == doctest::Approx(1.0 / 3));
  CHECK(cell.values[metric("worst_accuracy")] == 0);
}

TEST_CASE("No factor of all logits changes what an attack leaves") {
  net::Network network = sparse_network({36, 60, 40, 5}, 0.3, 4);
  const Images images = images_of(network, {6, 6}, 150, 2);
  const auto outcomes = [&](const net::Network& one, const std::string& kind, std::map<std::string, core::Value> values) {
    values["level"] = 0.06;
    if (kind == "cascade" || kind == "square") values["queries"] = 100.0;
    return evaluate(one, {}, images.all(), settings(kind, values), {1, 0}).outcomes;
  };
  std::vector<std::pair<std::string, std::map<std::string, core::Value>>> attacks;
  for (const char* kind : {"fgsm", "bim", "pgd", "mim", "apgd", "deepfool", "square", "cascade"}) attacks.push_back({kind, {}});
  for (const char* loss : {"margin", "targeted-margin", "dlr", "targeted-dlr"})
    attacks.push_back({"mim", {{"loss", std::string(loss)}}});
  for (const auto& [kind, values] : attacks) {
    CAPTURE(kind);
    const auto expected = outcomes(network, kind, values);
    for (const float factor : {128.0f, 131072.0f, 1 / 64.0f}) {  // powers of two: not a bit is rounded otherwise
      net::Network scaled = network;
      scale_logits(scaled, factor);
      CHECK(outcomes(scaled, kind, values) == expected);
    }
  }
}

TEST_CASE("Random images are the same for all networks of a seed, nested, and spread over the set") {
  const auto some = robust::random_images(10000, 1000, {7, 3}), more = robust::random_images(10000, 4000, {7, 3});

  CHECK(some.size() == 1000);
  CHECK(std::ranges::is_sorted(some));
  CHECK(std::set(some.begin(), some.end()).size() == 1000);
  CHECK(std::ranges::includes(more, some));
  CHECK(robust::random_images(10000, 1000, {7, 3}) == some);
  CHECK(robust::random_images(10000, 1000, {7, 4}) != some);
  CHECK(robust::random_images(10000, 1000, {8, 3}) != some);
  // 500 expected among the first half, variance 1000 / 4 * 0.9; five standard deviations
  const auto low = std::ranges::count_if(some, [](std::uint64_t i) { return i < 5000; });
  CHECK(std::abs(static_cast<double>(low) - 500) < 5 * std::sqrt(225.0));
  const auto all = robust::random_images(12, 12, {7, 3});
  for (std::uint64_t i = 0; i < 12; ++i) CHECK(all[i] == i);
}

TEST_CASE("A sample's outcomes are those of its images") {
  const net::Network network = sparse_network({36, 60, 40, 5}, 0.3, 4);
  Images images = images_of(network, {6, 6}, 60, 2);
  for (const std::size_t wrong : {5, 17, 40}) images.labels[wrong] = static_cast<std::uint8_t>((images.labels[wrong] + 1) % 5);
  robust::TestImages sample = images.all();
  sample.images = 4;
  sample.numbers = {2, 17, 30, 40};

  const core::CellResult cell = robust::evaluate(network, {}, sample, settings("none", {}), {1, 0});

  CHECK(cell.correct == 2);
  CHECK(cell.outcomes == std::vector<std::uint8_t>{0b0101});
}
