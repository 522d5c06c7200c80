// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>

#include "robust/damage.hpp"

using namespace espalier;
using namespace espalier::robust::testing;

TEST_CASE("Removing links takes exactly round(level * links) of them over the whole network and leaves the output layer alone") {
  const net::Network network = sparse_network({30, 40, 20, 5}, 0.2, 1);
  const std::uint64_t all = net::links(network.layers[0]) + net::links(network.layers[1]);

  for (const double level : {0.0, 0.1, 0.5, 0.999, 1.0}) {
    const net::Network after = damaged(network, settings("remove-links", {{"level", level}}));

    const std::uint64_t left = net::links(after.layers[0]) + net::links(after.layers[1]);
    CHECK(all - left == static_cast<std::uint64_t>(std::llround(level * static_cast<double>(all))));
    CHECK(std::get<net::DenseLayer>(after.layers[2]).weight == std::get<net::DenseLayer>(network.layers[2]).weight);
  }
}

TEST_CASE("Removing links per layer takes exactly round(level * links) of every sparse layer") {
  const net::Network network = sparse_network({30, 40, 20, 5}, 0.2, 1);

  const net::Network after = damaged(network, settings("remove-links", {{"level", 0.3}, {"over", std::string("layer")}}));

  for (const std::size_t l : {0u, 1u}) {
    const auto links = static_cast<double>(net::links(network.layers[l]));
    CHECK(net::links(after.layers[l]) == net::links(network.layers[l]) - static_cast<std::uint64_t>(std::llround(0.3 * links)));
  }
}

TEST_CASE("What a lower level removes a higher level removes too, and the links that stay keep their weights") {
  const net::Network network = sparse_network({30, 40, 20, 5}, 0.2, 1);
  const net::Network less = damaged(network, settings("remove-links", {{"level", 0.2}}));
  const net::Network more = damaged(network, settings("remove-links", {{"level", 0.6}}));

  for (const std::size_t l : {0u, 1u}) {
    const auto before = links_of(network.layers[l]), some = links_of(less.layers[l]), few = links_of(more.layers[l]);
    CHECK(std::ranges::includes(before, some));
    CHECK(std::ranges::includes(some, few));
  }
}

TEST_CASE("Damage differs between seeds and between replicates and is the same when repeated") {
  const net::Network network = sparse_network({30, 40, 20, 5}, 0.2, 1);
  const core::Settings how = settings("remove-links", {{"level", 0.5}});

  const auto first = links_of(damaged(network, how, {7, 1}).layers[0]);

  CHECK(first == links_of(damaged(network, how, {7, 1}).layers[0]));
  CHECK(first != links_of(damaged(network, how, {7, 2}).layers[0]));
  CHECK(first != links_of(damaged(network, how, {8, 1}).layers[0]));
  CHECK(first != links_of(damaged(network, settings("remove-links", {{"level", 0.5}, {"replicate", 1.0}})).layers[0]));
}

TEST_CASE("In a network without sparse layers the hidden layers' weights become zero and the output layer stays") {
  const net::Network network = dense_network({10, 12, 8, 4}, 3);

  const net::Network after = damaged(network, settings("remove-links", {{"level", 0.25}}));

  std::ptrdiff_t zeros = 0;
  for (const std::size_t l : {0u, 1u}) zeros += (std::get<net::DenseLayer>(after.layers[l]).weight.array() == 0).count();
  CHECK(zeros == 54);  // 0.25 * (10 * 12 + 12 * 8)
  CHECK((std::get<net::DenseLayer>(after.layers[2]).weight.array() != 0).all());
}

TEST_CASE("Shuffling keeps the pattern and each layer's multiset of weights and moves at most the share of the level") {
  const net::Network network = sparse_network({30, 40, 20, 5}, 0.2, 1);

  for (const double level : {0.0, 0.3, 1.0}) {
    const net::Network after = damaged(network, settings("shuffle-weights", {{"level", level}}));

    for (const std::size_t l : {0u, 1u}) {
      const auto before = links_of(network.layers[l]), now = links_of(after.layers[l]);
      std::size_t moved = 0;
      for (const auto& [link, weight] : before) moved += now.at(link) != weight;
      CHECK(weights_of(network.layers[l]) == weights_of(after.layers[l]));
      CHECK(static_cast<double>(moved) <= std::round(level * static_cast<double>(before.size())));
      CHECK(static_cast<double>(moved) >=
            0.8 * level * static_cast<double>(before.size()));  // a permutation has one fixed point on average
    }
  }
}

TEST_CASE("Without any link every image gets the same answer, which is right as often as chance, at level 0 nothing changes") {
  const net::Network network = sparse_network({36, 50, 40, 4}, 0.2, 1);
  Images images = images_of(network, {6, 6}, 200, 2);
  for (std::size_t i = 0; i < 200; ++i) images.labels[i] = i % 4;  // as many of each class
  const auto evaluated = [&](const core::Settings& how) { return robust::evaluate(network, {}, images.all(), how, {7, 1}); };
  const core::CellResult untouched = evaluated(settings("none", {}));
  for (const std::string kind : {"remove-links", "remove-neurons"}) {
    CAPTURE(kind);

    const core::CellResult all = evaluated(settings(kind, {{"level", 1.0}})), none = evaluated(settings(kind, {{"level", 0.0}}));

    CHECK(none.outcomes == untouched.outcomes);
    CHECK(all.correct == 50);
    CHECK(std::ranges::count(all.class_accuracy, 1.0f) == 1);  // the class of the one answer
    CHECK(std::ranges::count(all.class_accuracy, 0.0f) == 3);
    CHECK(all.values[core::metric("links")] == 0);
    CHECK(all.values[core::metric("live_outputs")] == 0);
  }
}
