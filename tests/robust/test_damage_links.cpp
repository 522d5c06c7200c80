// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "robust/damage.hpp"
#include "robust/fixtures.hpp"
#include "robust/link_order.hpp"
#include "robust/links.hpp"

using namespace espalier;
using namespace espalier::robust::testing;

namespace {

using Link = std::pair<std::size_t, std::pair<std::uint32_t, std::uint32_t>>;  ///< layer, (input, output)

/// The links of all layers and their weights; those of weight 0 in dense layers left out.
std::map<Link, float> all_links(const net::Network& network) {
  std::map<Link, float> out;
  for (std::size_t l = 0; l < network.layers.size(); ++l)
    for (const auto& [link, weight] : links_of(network.layers[l])) out[{l, link}] = weight;
  return out;
}

/// How many paths run through each link, by walking every path of the network from its inputs on.
std::map<Link, double> walked_paths(const net::Network& network) {
  std::map<Link, double> through;
  std::vector<Link> path;
  const auto links = all_links(network);
  const std::function<void(std::size_t, std::uint32_t)> walk = [&](std::size_t l, std::uint32_t neuron) {
    if (l == network.layers.size())
      for (const Link& link : path) through[link] += 1;
    for (const auto& [link, weight] : links) {
      if (link.first != l || link.second.first != neuron) continue;
      path.push_back(link);
      walk(l + 1, link.second.second);
      path.pop_back();
    }
  };
  for (std::uint32_t input = 0; input < net::inputs(network.layers[0]); ++input) walk(0, input);
  return through;
}

std::map<Link, double> degree_scores(const net::Network& network) {
  const auto links = all_links(network);
  std::map<Link, double> scores;
  for (const auto& [link, weight] : links) {
    double leave = 0, enter = 0;
    for (const auto& [other, w] : links) {
      leave += other.first == link.first && other.second.first == link.second.first;
      enter += other.first == link.first && other.second.second == link.second.second;
    }
    scores[link] = leave * enter;
  }
  return scores;
}

/// The scores that say which link goes first (largest), each found without the code under test.
std::map<Link, double> scores_by_hand(const net::Network& network, const std::string& order) {
  if (order == "degree") return degree_scores(network);
  if (order == "path-count") {
    auto scores = walked_paths(network);
    for (const auto& [link, weight] : all_links(network)) scores.try_emplace(link, 0.0);
    return scores;
  }
  std::map<Link, double> scores;
  for (const auto& [link, weight] : all_links(network))
    scores[link] = (order == "strongest" ? 1 : -1) * std::abs(static_cast<double>(weight));
  return scores;
}

core::Settings removal(const std::string& order, double level, const std::string& over = "network") {
  return settings("remove-links", {{"level", level}, {"order", order}, {"over", over}});
}

}  // namespace

TEST_CASE("Path counts of every link equal a walk along every path, in sparse and in dense layers with zeros") {
  net::Network mixed = sparse_network({6, 5, 4, 3}, 0.4, 3);
  net::Network dense = dense_network({4, 3, 3, 2}, 4);
  std::get<net::DenseLayer>(dense.layers[1]).weight(1, 2) = 0;

  for (const net::Network& network : {mixed, dense}) {
    auto walked = walked_paths(network);
    const auto counted = robust::path_counts(network);

    for (std::size_t l = 0; l < network.layers.size(); ++l) {
      const robust::Ends at = robust::ends(network.layers[l]);
      for (std::size_t i = 0; i < counted[l].size(); ++i) CHECK(counted[l][i] == (walked[{l, {at.from[i], at.to[i]}}]));
    }
  }
}

TEST_CASE("Path counts of every link equal those that networkx walks") {
  const Fixtures fixtures = read_fixtures("path_fixtures.txt");
  for (int g = 0; g < 3; ++g) {
    const std::string graph = "g" + std::to_string(g);
    net::Network network;
    for (int l = 0; fixtures.contains(graph + "weight" + std::to_string(l)); ++l) {
      const net::Matrix& W = fixtures.at(graph + "weight" + std::to_string(l));
      network.layers.emplace_back(net::DenseLayer{W, std::vector<float>(static_cast<std::size_t>(W.rows()), 0.0f)});
    }

    const auto counted = robust::path_counts(network);

    REQUIRE(counted.size() >= 2);
    for (std::size_t l = 0; l < counted.size(); ++l) {
      const net::Matrix& paths = fixtures.at(graph + "paths" + std::to_string(l));
      CHECK(counted[l] == std::vector<double>(paths.data(), paths.data() + paths.size()));
    }
  }
}

TEST_CASE("Targeted removal takes the links of the highest scores, over the whole network and within every layer") {
  const net::Network network = sparse_network({8, 7, 6, 3}, 0.35, 5);
  for (const char* order : {"weakest", "strongest", "degree", "path-count"}) {
    CAPTURE(order);
    const auto scores = scores_by_hand(network, order);
    for (const char* over : {"network", "layer"}) {
      CAPTURE(over);
      const auto left = all_links(damaged(network, removal(order, 0.4, over)));

      std::map<std::size_t, std::pair<double, double>> range;  // pool -> lowest score that went, highest that stayed
      std::size_t gone = 0;
      for (const auto& [link, score] : scores) {
        if (link.first == 2) continue;
        auto& [lowest, highest] = range.try_emplace(over == std::string("layer") ? link.first : 0, 1e300, -1e300).first->second;
        if (left.contains(link))
          highest = std::max(highest, score);
        else
          lowest = std::min(lowest, score), ++gone;
      }
      for (const auto& [pool, scores_at_border] : range) CHECK(scores_at_border.first >= scores_at_border.second);
      CHECK(gone == scores.size() - left.size());
      CHECK(gone > 10);
    }
  }
}

TEST_CASE("Targeted removal is nested along the level, nothing at 0 and everything at 1") {
  const net::Network network = sparse_network({8, 7, 6, 3}, 0.35, 6);
  const std::size_t output_links = links_of(network.layers[2]).size();

  for (const char* order : {"random", "weakest", "strongest", "degree", "path-count"}) {
    CAPTURE(order);
    auto before = all_links(network);
    CHECK(all_links(damaged(network, removal(order, 0))) == before);
    for (const double level : {0.1, 0.3, 0.5, 0.8}) {
      const auto after = all_links(damaged(network, removal(order, level)));
      CHECK(std::ranges::includes(before, after));
      before = after;
    }
    CHECK(all_links(damaged(network, removal(order, 1))).size() == output_links);
  }
}

TEST_CASE("Links of equal score go by number, so that targeted removal is the same for every seed") {
  net::Network network = sparse_network({8, 7, 6, 3}, 0.35, 7);
  for (const std::size_t l : {0u, 1u}) std::ranges::fill(std::get<net::SparseLayer>(network.layers[l]).weight, 0.5f);

  const auto after = damaged(network, removal("weakest", 0.5, "layer"), {7, 1});

  CHECK(all_links(after) == all_links(damaged(network, removal("weakest", 0.5, "layer"), {8, 2})));
  const auto before = links_of(network.layers[0]), left = links_of(after.layers[0]);
  const auto first_left = std::next(before.begin(), static_cast<std::ptrdiff_t>(before.size() - left.size()));
  CHECK(decltype(before)(first_left, before.end()) == left);
}
