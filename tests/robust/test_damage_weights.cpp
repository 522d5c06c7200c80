// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "robust/damage.hpp"

using namespace espalier;
using namespace espalier::robust::testing;

namespace {

net::Network example() { return sparse_network({30, 40, 20, 5}, 0.2, 1); }

core::Settings shuffle(double level, const std::string& within, const std::string& keep = "nothing") {
  return settings("shuffle-weights", {{"level", level}, {"within", within}, {"keep", keep}});
}

using Groups = std::map<std::string, std::multiset<float>>;

/// The multiset of the (mapped) weights of each group within which a shuffle moves them; the output layer apart.
Groups multisets(const net::Network& network, const std::string& within, const std::function<float(float)>& of) {
  Groups out;
  for (const std::size_t l : {0u, 1u})
    for (const auto& [link, weight] : links_of(network.layers[l])) {
      std::string group = within == "network" ? "" : std::to_string(l);
      if (within == "fan-in") group += ":" + std::to_string(link.second);
      if (within == "fan-out") group += ":" + std::to_string(link.first);
      out[group].insert(of(weight));
    }
  return out;
}

float whole(float w) { return w; }
float magnitude(float w) { return std::abs(w); }
float sign(float w) { return w < 0 ? -1.0f : 1.0f; }

/// How many links of the sparse layers have another value of `of` than before, and whether the positions are the same.
std::size_t changed(const net::Network& before, const net::Network& after, const std::function<float(float)>& of) {
  std::size_t count = 0;
  for (const std::size_t l : {0u, 1u}) {
    const Links then = links_of(before.layers[l]), now = links_of(after.layers[l]);
    REQUIRE(then.size() == now.size());
    for (const auto& [link, weight] : then) count += of(now.at(link)) != of(weight);
  }
  return count;
}

double sparse_links(const net::Network& network) {
  return static_cast<double>(net::links(network.layers[0]) + net::links(network.layers[1]));
}

}  // namespace

TEST_CASE("Shuffles keep the multiset of what moves in every group, at most the level's share of links moves, and 0 moves none") {
  const net::Network network = example();
  for (const char* within : {"network", "layer", "fan-in", "fan-out"}) {
    CAPTURE(within);
    CHECK(changed(network, damaged(network, shuffle(0, within)), whole) == 0);
    for (const double level : {0.4, 1.0}) {
      const net::Network after = damaged(network, shuffle(level, within));
      CHECK(multisets(network, within, whole) == multisets(after, within, whole));
      const auto moved = static_cast<double>(changed(network, after, whole));
      CHECK(moved <= level * sparse_links(network) + 1);    // + 1: rounding, once per layer
      CHECK(moved >= 0.4 * level * sparse_links(network));  // groups of few links keep about one link each
    }
  }
}

TEST_CASE("A shuffle that keeps signs moves magnitudes alone, and one that keeps magnitudes moves signs alone") {
  const net::Network network = example();
  for (const char* within : {"network", "layer", "fan-in", "fan-out"}) {
    CAPTURE(within);
    const net::Network signs = damaged(network, shuffle(1, within, "signs"));
    CHECK(changed(network, signs, sign) == 0);
    CHECK(multisets(network, within, magnitude) == multisets(signs, within, magnitude));
    CHECK(changed(network, signs, magnitude) > 100);

    const net::Network magnitudes = damaged(network, shuffle(1, within, "magnitudes"));
    CHECK(changed(network, magnitudes, magnitude) == 0);
    CHECK(multisets(network, within, sign) == multisets(magnitudes, within, sign));
    CHECK(changed(network, magnitudes, sign) > 50);
  }
}

TEST_CASE("Weights leave their layer when they are shuffled over the network") {
  const net::Network network = example();

  const net::Network after = damaged(network, shuffle(1, "network"));

  CHECK(weights_of(after.layers[0]) != weights_of(network.layers[0]));
  CHECK(links_of(after.layers[2]) == links_of(network.layers[2]));
}

TEST_CASE("Sign flips turn exactly round(level * links) weights of each layer, nested along the level") {
  const net::Network network = example();
  std::set<std::pair<std::uint32_t, std::uint32_t>> before;
  for (const double level : {0.0, 0.25, 0.5, 1.0}) {
    const net::Network after = damaged(network, settings("sign-flip", {{"level", level}}));
    for (const std::size_t l : {0u, 1u}) {
      std::set<std::pair<std::uint32_t, std::uint32_t>> turned;
      const Links now = links_of(after.layers[l]);
      for (const auto& [link, weight] : links_of(network.layers[l])) {
        CHECK(std::abs(now.at(link)) == std::abs(weight));
        if (now.at(link) == -weight) turned.insert(link);
      }
      CHECK(turned.size() == static_cast<std::size_t>(std::lround(level * static_cast<double>(now.size()))));
      if (l == 1) continue;
      CHECK(std::ranges::includes(turned, before));
      before = turned;
    }
  }
}

TEST_CASE("Weight noise is normal with level times the layer's standard deviation, nothing at 0 and in proportion to the level") {
  const net::Network network = sparse_network({100, 100, 100, 5}, 0.5, 2);
  const auto noisy = [&](double level) { return damaged(network, settings("weight-noise", {{"level", level}})); };
  CHECK(changed(network, noisy(0), whole) == 0);
  const net::Network once = noisy(0.5), twice = noisy(1);

  for (const std::size_t l : {0u, 1u}) {
    const Links w = links_of(network.layers[l]), a = links_of(once.layers[l]), b = links_of(twice.layers[l]);
    const auto n = static_cast<double>(w.size());
    double sum = 0, squares = 0, added = 0, added_squares = 0, apart = 0;
    for (const auto& [link, weight] : w) {
      const double x = static_cast<double>(weight), d = static_cast<double>(b.at(link)) - x;
      sum += x, squares += x * x, added += d, added_squares += d * d;
      apart = std::max(apart, std::abs(d - 2 * (static_cast<double>(a.at(link)) - x)));
    }
    const double sd = std::sqrt(squares / n - sum / n * sum / n);
    CHECK(std::abs(added / n) < 5 * sd / std::sqrt(n));                             // 5 standard errors of a mean
    CHECK(std::abs(std::sqrt(added_squares / n) / sd - 1) < 5 / std::sqrt(2 * n));  // 5 standard errors of an sd
    CHECK(apart < 1e-6);                                                            // rounding of weights below 2 to float
  }
}

TEST_CASE("Quantised weights lie on at most 2^bits values, within half a step of the weights and with their signs") {
  const net::Network network = example();
  for (const double bits : {1.0, 2.0, 4.0, 8.0, 16.0}) {
    CAPTURE(bits);
    const net::Network after = damaged(network, settings("quantise", {{"level", bits}}));
    CHECK(changed(network, after, sign) == 0);
    for (const std::size_t l : {0u, 1u}) {
      const Links before = links_of(network.layers[l]), now = links_of(after.layers[l]);
      float largest = 0;
      for (const auto& [link, weight] : before) largest = std::max(largest, std::abs(weight));
      const double half_step = static_cast<double>(largest) / std::exp2(bits);
      std::set<float> values;
      for (const auto& [link, weight] : before) {
        values.insert(now.at(link));
        const double off = std::abs(static_cast<double>(now.at(link)) - static_cast<double>(weight));
        CHECK(off <= half_step + 1e-7 * static_cast<double>(largest));               // 1e-7: rounding to float
        const double odd = static_cast<double>(std::abs(now.at(link))) / half_step;  // middles of cells: 1, 3, 5, ...
        CHECK(std::abs(std::remainder(odd - 1, 2)) < 0.01);                          // 1e-7 of at most 2^16, rounding to float
      }
      CHECK(static_cast<double>(values.size()) <= std::exp2(bits));
    }
  }
}
