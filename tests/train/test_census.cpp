// SPDX-License-Identifier: BSD-3-Clause
#include "train/census.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "train/links.hpp"
#include "train/rewiring.hpp"

using namespace espalier;

TEST_CASE("the census counts dead neurons and spreads of the degrees") {
  net::Network network;
  network.layers.push_back(train::from_places(3, 3, {0, 1, 3}));  // inputs 2, 1, 0 links; outputs 2, 1, 0
  network.layers.push_back(train::from_places(3, 2, {0, 4}));     // inputs 1, 0, 1 links; outputs 2, 0
  network.layers.push_back(net::DenseLayer{net::Matrix::Zero(2, 2), {0, 0}});
  train::Census census(network);
  core::Epoch record;

  census.count(network, 0, record);

  CHECK(record.dead_neurons == 3);  // of the first layer 1 (no output) and 2 (no input), of the second 1
  CHECK(record.in_degree_sd == doctest::Approx(std::sqrt(4.0 / 5)));     // 2 1 0 2 0
  CHECK(record.out_degree_sd == doctest::Approx(std::sqrt(17.0 / 36)));  // 2 1 0 1 0 1: variance 7/6 - 25/36
  CHECK(record.ever_active == doctest::Approx(5.0 / 15));
  REQUIRE(record.degrees.size() == 2);
  CHECK(record.degrees[0] == core::LayerDegrees{.in = {1, 1, 1}, .out = {1, 1, 1}});
  CHECK(record.degrees[1] == core::LayerDegrees{.in = {1, 0, 1}, .out = {1, 2}});
}

TEST_CASE("turnover and the share of links that were ever live follow the patterns") {
  const auto network = [](const train::Places& places) {
    return net::Network{{train::from_places(4, 5, places), net::DenseLayer{net::Matrix::Zero(2, 5), {0, 0}}}};
  };
  const auto first = network({0, 3, 7, 12}), second = network({0, 4, 8, 12});
  train::Census census(first);
  core::Epoch before, after, back, again;

  census.count(first, 0, before);
  census.count(second, 2, after);
  census.count(first, 3, back);
  census.count(second, 2, again);

  CHECK(before.turnover == 0);
  CHECK(after.turnover == 0.5);
  CHECK(back.turnover == 0.5);
  CHECK(before.returned == 0);
  CHECK(after.returned == 0);
  CHECK(back.returned == 3);  // 3 and 7, and one that was pruned and grew again in its place
  CHECK(again.returned == 2);
  CHECK(before.ever_active == doctest::Approx(4.0 / 20));
  CHECK(after.ever_active == doctest::Approx(6.0 / 20));
  CHECK(back.ever_active == doctest::Approx(6.0 / 20));
  CHECK(again.ever_active == doctest::Approx(6.0 / 20));
}
