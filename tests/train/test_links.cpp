// SPDX-License-Identifier: BSD-3-Clause
#include "train/links.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "fixtures.hpp"
#include "train/sampling.hpp"

using namespace espalier;

namespace {

std::vector<std::uint32_t> fan_in(const net::SparseLayer& layer) {
  std::vector<std::uint32_t> degree(layer.outputs, 0);
  for (const std::uint32_t k : layer.target) ++degree[k];
  return degree;
}

/// Pearson's statistic against equal expectations.
double chi_square(const std::vector<double>& counts) {
  double total = 0, statistic = 0;
  for (const double c : counts) total += c;
  const double expected = total / static_cast<double>(counts.size());
  for (const double c : counts) statistic += (c - expected) * (c - expected) / expected;
  return statistic;
}

}  // namespace

TEST_CASE("places that are drawn are uniform over the free ones, few or most of them") {
  struct Case {
    std::uint64_t taken, count;
  };
  for (const auto [taken_places, count] : {Case{10, 10}, Case{70, 10}, Case{70, 20}}) {
    std::vector<double> hits(100 - taken_places, 0);
    std::vector<std::uint64_t> taken;
    for (std::uint64_t p = 0; p < 100; ++p)
      if (p * taken_places / 100 != (p + 1) * taken_places / 100) taken.push_back(p);
    std::vector<std::size_t> rank(100, 0);
    for (std::size_t p = 0, free = 0; p < 100; ++p) rank[p] = std::ranges::binary_search(taken, p) ? 1000 : free++;
    for (std::uint64_t trial = 0; trial < 4000; ++trial) {
      core::Random random(11, taken_places + count, trial);

      const auto drawn = train::draw_free(taken, 100, count, random);

      REQUIRE(drawn.size() == count);
      REQUIRE(std::ranges::adjacent_find(drawn, std::greater_equal{}) == drawn.end());
      for (const auto p : drawn) ++hits.at(rank.at(p));
    }
    // Without replacement the statistic is chi-square of n - 1 degrees times (n - count) / (n - 1); 5 sd around the mean.
    const auto n = static_cast<double>(hits.size());
    const double shrunk = (n - static_cast<double>(count)) / (n - 1), spread = 5 * std::sqrt(2 * (n - 1));
    CHECK(chi_square(hits) < shrunk * (n - 1 + spread));
    CHECK(chi_square(hits) > shrunk * (n - 1 - spread));
  }
}

TEST_CASE("pairs of places are drawn equally often") {
  std::vector<double> hits(21, 0);  // pairs of 7 free places
  for (std::uint64_t trial = 0; trial < 4000; ++trial) {
    core::Random random(12, 0, trial);

    const auto drawn = train::draw_free(std::vector<std::uint64_t>{0, 4, 5}, 10, 2, random);

    const auto rank = [](std::uint64_t p) { return p < 4 ? p - 1 : p - 3; };
    ++hits.at(rank(drawn[1]) * (rank(drawn[1]) - 1) / 2 + rank(drawn[0]));
  }
  CHECK(chi_square(hits) < 20 + 5 * std::sqrt(40.0));  // 5 sd above the mean of chi-square with 20 degrees of freedom
}

TEST_CASE("all free places can be drawn, and no more") {
  core::Random random(1, 2, 3);

  const auto all = train::draw_free(std::vector<std::uint64_t>{7}, 50, 49, random);

  CHECK(all.size() == 49);
  CHECK_FALSE(std::ranges::binary_search(all, 7U));
  CHECK_THROWS_AS(train::draw_free(std::vector<std::uint64_t>{7}, 50, 50, random), std::logic_error);
}

TEST_CASE("initial links are exactly as many as wanted and no output is without an input") {
  const core::LayerShape shape{200, 300, 600, true};  // without repair about 300 e^-2 = 40 outputs would have no input

  const auto layer = train::draw_links(shape, train::LinkLaw::uniform, core::Random(5, 0, 0));

  CHECK(layer.target.size() == 600);
  CHECK(std::ranges::min(fan_in(layer)) == 1);
  for (std::uint32_t j = 0; j < 200; ++j)
    CHECK(std::is_sorted(layer.target.begin() + layer.start[j], layer.target.begin() + layer.start[j + 1], std::less_equal{}));
}

TEST_CASE("with fewer links than outputs every link has an output of its own") {
  const auto layer = train::draw_links({50, 40, 25, true}, train::LinkLaw::uniform, core::Random(5, 0, 0));

  CHECK(std::ranges::max(fan_in(layer)) == 1);
  CHECK(layer.target.size() == 25);
}

TEST_CASE("a layer of sparsity 0 gets every link once") {
  const auto layer = train::draw_links({6, 7, 42, true}, train::LinkLaw::uniform, core::Random(5, 0, 0));

  const auto places = train::places(layer);
  CHECK(places.size() == 42);
  CHECK(places.back() == 41);
}

TEST_CASE("a fixed fan-in differs by at most one between outputs and keeps the count") {
  const auto layer = train::draw_links({100, 30, 200, true}, train::LinkLaw::fixed_fan_in, core::Random(5, 0, 0));

  const auto degree = fan_in(layer);
  CHECK(layer.target.size() == 200);
  CHECK(std::ranges::min(degree) == 6);
  CHECK(std::ranges::max(degree) == 7);
}

TEST_CASE("initial links are uniform over inputs") {
  std::vector<double> hits(20, 0);
  for (std::uint64_t trial = 0; trial < 500; ++trial) {
    const auto layer = train::draw_links({20, 30, 60, true}, train::LinkLaw::uniform, core::Random(3, trial, 0));
    for (std::uint32_t j = 0; j < 20; ++j) hits[j] += layer.start[j + 1] - layer.start[j];
  }

  CHECK(chi_square(hits) < 19 + 5 * std::sqrt(2 * 19.0));  // 5 sd above the mean
}

TEST_CASE("weights have the variance 2 / own fan-in and biases are 0") {
  const fixtures::Blocks blocks;
  const auto spec = fixtures::model("set", 0.9, {{"hidden", std::vector<double>{2000}}});

  const auto network = train::initial_network(spec, 7, blocks.dataset);

  const auto& layer = std::get<net::SparseLayer>(network.layers[0]);
  const auto degree = fan_in(layer);
  double squares = 0;
  for (std::size_t link = 0; link < layer.weight.size(); ++link) {
    const double w = static_cast<double>(layer.weight[link]);
    squares += w * w * degree[layer.target[link]] / 2;
  }
  const auto n = static_cast<double>(layer.weight.size());
  CHECK(std::abs(squares / n - 1) < 5 * std::sqrt(2 / n));  // 5 sd of a mean of squares of normals
  CHECK(std::ranges::all_of(layer.bias, [](float b) { return b == 0; }));
  CHECK(network.input_mean == 0);
}

TEST_CASE("standardised inputs have the mean and standard deviation of the training images") {
  const fixtures::Blocks blocks;
  const auto spec = fixtures::model("set", 0.9, {{"hidden", std::vector<double>{20}}, {"standardise", true}});

  const auto network = train::initial_network(spec, 7, blocks.dataset);

  double mean = 0, variance = 0;
  const auto& pixels = blocks.dataset.train.pixels;
  for (const auto p : pixels) mean += p / 255.0 / static_cast<double>(pixels.size());
  for (const auto p : pixels) variance += (p / 255.0 - mean) * (p / 255.0 - mean) / static_cast<double>(pixels.size());
  CHECK(std::abs(static_cast<double>(network.input_mean) - mean) < 1e-6);  // float
  CHECK(std::abs(static_cast<double>(network.input_sd) - std::sqrt(variance)) < 1e-6);
}
