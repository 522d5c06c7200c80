// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "robust/damage.hpp"

using namespace espalier;
using namespace espalier::robust::testing;

namespace {

core::Settings rewire(double level, const std::string& to) { return settings("rewire-links", {{"level", level}, {"to", to}}); }

/// In-degrees of the outputs, and the weights out of each input.
std::pair<std::map<std::uint32_t, int>, std::map<std::uint32_t, std::multiset<float>>> ends_of(const net::Layer& layer) {
  std::pair<std::map<std::uint32_t, int>, std::map<std::uint32_t, std::multiset<float>>> out;
  for (const auto& [link, weight] : links_of(layer)) ++out.first[link.second], out.second[link.first].insert(weight);
  return out;
}

/// Links whose weight is not where it was (weights are all different).
double moved(const net::Layer& before, const net::Layer& after) {
  const Links then = links_of(before);
  double count = 0;
  for (const auto& [link, weight] : links_of(after)) count += !then.contains(link) || then.at(link) != weight;
  return count;
}

}  // namespace

TEST_CASE("Rewiring at fixed degrees moves the level's share of links, keeps every degree and each input's weights") {
  const net::Network network = sparse_network({60, 50, 40, 5}, 0.1, 1);
  for (const double level : {0.0, 0.4, 1.0}) {
    const net::Network after = damaged(network, rewire(level, "degrees"));
    for (const std::size_t l : {0u, 1u}) {
      const double share = std::round(level * static_cast<double>(net::links(network.layers[l])));
      CHECK(ends_of(after.layers[l]) == ends_of(network.layers[l]));
      CHECK(moved(network.layers[l], after.layers[l]) <= share);
      CHECK(moved(network.layers[l], after.layers[l]) >= share - 8);  // the last few may find no partner
    }
  }
}

TEST_CASE("Rewiring to random places keeps the number of links and the weights, moves at most the share and changes degrees") {
  const net::Network network = sparse_network({60, 50, 40, 5}, 0.1, 1);
  for (const double level : {0.0, 0.4, 1.0}) {
    const net::Network after = damaged(network, rewire(level, "random"));
    for (const std::size_t l : {0u, 1u}) {
      const double share = std::round(level * static_cast<double>(net::links(network.layers[l])));
      CHECK(weights_of(after.layers[l]) == weights_of(network.layers[l]));
      CHECK(moved(network.layers[l], after.layers[l]) <= share);
      CHECK(moved(network.layers[l], after.layers[l]) >= 0.9 * share);  // a free place is the old one by chance of about 1e-3
      CHECK((ends_of(after.layers[l]).first == ends_of(network.layers[l]).first) == (level == 0));
    }
  }
}
