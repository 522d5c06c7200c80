// SPDX-License-Identifier: BSD-3-Clause
#include "train/path_scores.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <string>

#include "fixtures.hpp"
#include "train/rewiring.hpp"

using namespace espalier;

namespace {

/// A graph as an adjacency matrix of all nodes: inputs first, then outputs.
using Adjacency = std::vector<std::vector<bool>>;

Adjacency adjacency(const net::SparseLayer& layer) {
  const std::size_t n = layer.inputs + layer.outputs;
  Adjacency A(n, std::vector<bool>(n, false));
  for (std::uint32_t j = 0; j < layer.inputs; ++j)
    for (std::uint32_t link = layer.start[j]; link < layer.start[j + 1]; ++link)
      A[j][layer.inputs + layer.target[link]] = A[layer.inputs + layer.target[link]][j] = true;
  return A;
}

/// CH3-L3 of an absent link by its definition: all paths u - a - b - v over four different nodes are enumerated.
double brute_force_score(const Adjacency& A, std::size_t u, std::size_t v) {
  const std::size_t n = A.size();
  std::vector<std::pair<std::size_t, std::size_t>> paths;
  std::set<std::size_t> community;
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = 0; b < n; ++b)
      if (a != v && b != u && a != b && A[u][a] && A[a][b] && A[b][v]) {
        paths.emplace_back(a, b);
        community.insert({a, b});
      }
  const auto external = [&](std::size_t x) {
    double count = 0;
    for (std::size_t y = 0; y < n; ++y) count += A[x][y] && y != u && y != v && !community.contains(y);
    return count;
  };
  double score = 0;
  for (const auto& [a, b] : paths) score += 1 / std::sqrt((1 + external(a)) * (1 + external(b)));
  return score;
}

net::SparseLayer layer_of(std::uint32_t inputs, std::uint32_t outputs, const train::Places& places, float weight) {
  auto layer = train::from_places(inputs, outputs, places);
  layer.weight.assign(places.size(), weight);
  return layer;
}

}  // namespace

TEST_CASE("CH3-L3 scores equal brute-force enumeration on graphs of up to 12 nodes") {
  core::Random random(3, 1, 4);
  for (std::uint64_t trial = 0; trial < 300; ++trial) {
    const auto inputs = static_cast<std::uint32_t>(2 + random.below(6)),
               outputs = static_cast<std::uint32_t>(2 + random.below(4));
    const std::uint64_t links = 1 + random.below(std::uint64_t{inputs} * outputs);
    const auto layer = fixtures::layer(inputs, outputs, links, trial);
    const auto A = adjacency(layer);

    const auto scores = train::path_scores(train::remaining(layer, std::vector<bool>(links, false)));

    std::size_t next = 0;
    for (std::uint32_t u = 0; u < inputs; ++u)
      for (std::uint32_t v = 0; v < outputs; ++v) {
        const double wanted = A[u][inputs + v] ? 0 : brute_force_score(A, u, inputs + v);
        if (wanted == 0) continue;
        REQUIRE(next < scores.size());
        CHECK(scores[next].place == train::place(u, v, outputs));
        CHECK(std::abs(scores[next].score - wanted) < 1e-12);  // a few roundings of double
        ++next;
      }
    CHECK(next == scores.size());
  }
}

TEST_CASE("links that are gone carry no path") {
  const auto layer = layer_of(2, 2, {0, 2, 3}, 1);  // 0-0, 1-0, 1-1: one path from input 0 to output 1

  CHECK(train::path_scores(train::remaining(layer, {false, false, false})).size() == 1);
  CHECK(train::path_scores(train::remaining(layer, {false, true, false})).empty());
}

TEST_CASE("cht grows the links with the largest scores of the pruned graph") {
  auto layer = fixtures::layer(20, 15, 60, 12);
  const auto pruned = train::smallest(layer.weight, 12);
  std::vector<bool> gone(60, false);
  for (const auto link : pruned) gone[link] = true;
  auto scores = train::path_scores(train::remaining(layer, gone));
  std::ranges::sort(scores, {}, [](const train::Candidate& c) { return std::pair(-c.score, c.place); });
  REQUIRE(scores.size() >= 12);
  std::set<std::uint64_t> wanted;
  const auto before = train::places(layer);
  for (std::size_t link = 0; link < 60; ++link)
    if (!gone[link]) wanted.insert(before[link]);
  for (std::size_t i = 0; i < 12; ++i) wanted.insert(scores[i].place);
  std::vector<train::Rewiring> all{{layer, {}, 0.2, core::Random(1, 1, 1), {}}};

  CHECK(train::rule("cht").rewire(all) == 12);

  CHECK(train::places(layer) == train::Places(wanted.begin(), wanted.end()));
}

TEST_CASE("cht removes what pruning left without a way on, and keeps every layer's count") {
  // Two layers 4 - 4 - 4: the second layer's only link out of neuron 3 is weak, so pruning a quarter takes it, and with it
  // the links into neuron 3.
  auto below = layer_of(4, 4, {0, 3, 5, 7, 10, 11, 12, 15}, 1), above = layer_of(4, 4, {0, 1, 5, 14}, 1);
  below.weight = {0.1F, 1, 0.2F, 1, 1, 1, 1, 1};  // links 0-0 and 1-1 go by their weight
  above.weight = {1, 1, 1, 0.1F};
  std::vector<train::Rewiring> all;
  all.push_back({below, {}, 0.25, core::Random(1, 1, 1), {}});
  all.push_back({above, {}, 0.25, core::Random(1, 1, 2), {}});

  const std::uint64_t changed = train::rule("cht").rewire(all);

  // Below: 2 weak links, 4 into neuron 3 (0-3, 1-3, 2-3, 3-3) and 1 into neuron 2, which has no output. Above: the weak one,
  // and the one out of neuron 1, whose only input went.
  CHECK(changed == 7 + 2);
  CHECK(below.target.size() == 8);
  CHECK(above.target.size() == 4);
}

TEST_CASE("cht is refused below 98 % sparsity, and its description says why") {
  const auto& kind = train::rule("cht").kind;

  CHECK(kind.find("sparsity")->min == 0.98);
  CHECK(kind.find("sparsity")->description.find("time grows with the cube") != std::string::npos);  // what the refusal says
}
