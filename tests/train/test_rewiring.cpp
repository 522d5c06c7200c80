// SPDX-License-Identifier: BSD-3-Clause
#include "train/rewiring.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "fixtures.hpp"

using namespace espalier;

namespace {

/// Links in the order of pruning by plain sorting: by magnitude, then by index.
train::Links sorted_by_magnitude(const std::vector<float>& weight, const train::Links& links) {
  train::Links out = links;
  std::ranges::sort(out, {}, [&](std::uint32_t l) { return std::pair(std::abs(weight[l]), l); });
  return out;
}

train::Links brute_force_set(const std::vector<float>& weight, double fraction) {
  train::Links positive, negative, pruned;
  for (std::uint32_t l = 0; l < weight.size(); ++l) {
    if (weight[l] > 0) positive.push_back(l);
    if (weight[l] < 0) negative.push_back(l);
    if (weight[l] == 0) pruned.push_back(l);
  }
  for (const auto& sign : {positive, negative}) {
    const auto order = sorted_by_magnitude(weight, sign);
    const auto count = static_cast<std::size_t>(std::floor(fraction * static_cast<double>(sign.size()) + 1e-6));
    pruned.insert(pruned.end(), order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count));
  }
  std::ranges::sort(pruned);
  return pruned;
}

/// One layer, its optimiser's state and what a rule sees of them. The state starts as 10 + weight.
struct Setting {
  net::SparseLayer layer;
  std::vector<float> state;
  net::Matrix gradient;

  explicit Setting(net::SparseLayer l) : layer(std::move(l)), state(layer.weight) {
    for (float& s : state) s += 10;
    gradient.setZero(layer.outputs, layer.inputs);
  }
  std::uint64_t rewire(const char* kind, double fraction, std::uint64_t trial = 0) {
    std::vector<train::Rewiring> all{
        {layer, {&state}, fraction, core::Random(9, 9, trial), [this]() -> const net::Matrix& { return gradient; }}};
    return train::rule(kind).rewire(all);
  }
};

}  // namespace

TEST_CASE("SET's thresholds equal brute force, ties and zeros included") {
  core::Random random(1, 2, 3);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<float> weight(1 + random.below(60));
    for (float& w : weight) w = static_cast<float>(random.below(9)) / 2 - 2;  // nine values: many ties
    const double fraction = random.uniform();

    CHECK(train::smallest_of_each_sign(weight, fraction) == brute_force_set(weight, fraction));
  }
}

TEST_CASE("SET prunes the stated share of each sign") {
  const std::vector<float> weight{0.1F, -0.1F, 0.2F, -0.2F, 0.3F, 0.4F, 0.5F, 0.6F, 0.7F, 0.8F, 0.9F, 1.0F};  // 10 and 2

  CHECK(train::smallest_of_each_sign(weight, 0.3) == train::Links{0, 2, 4});
  CHECK(train::smallest_of_each_sign(weight, 0.5) == train::Links{0, 1, 2, 4, 5, 6});
}

TEST_CASE("the smallest weights equal brute force, ties included") {
  core::Random random(4, 5, 6);
  for (int trial = 0; trial < 100; ++trial) {
    std::vector<float> weight(1 + random.below(60));
    for (float& w : weight) w = static_cast<float>(random.below(9)) / 2 - 2;
    train::Links all(weight.size());
    for (std::uint32_t l = 0; l < all.size(); ++l) all[l] = l;
    auto wanted = sorted_by_magnitude(weight, all);
    wanted.resize(random.below(weight.size() + 1));
    std::ranges::sort(wanted);

    CHECK(train::smallest(weight, wanted.size()) == wanted);
  }
}

TEST_CASE("rewiring keeps the number of links, the survivors' values and starts new links at 0") {
  for (const char* kind : {"set", "random", "rigl", "cht"}) {
    CAPTURE(kind);
    Setting setting(fixtures::layer(40, 30, 120, 3));
    core::Random random(7, 7, 7);
    for (Eigen::Index i = 0; i < setting.gradient.size(); ++i) setting.gradient.data()[i] = static_cast<float>(random.gaussian());
    const auto before = setting.layer;

    const std::uint64_t changed = setting.rewire(kind, 0.3);

    CHECK(changed >= 34);  // floor(0.3 * positive) + floor(0.3 * negative) is at least this
    CHECK(changed <= 36);
    const auto old_places = train::places(before), new_places = train::places(setting.layer);
    REQUIRE(new_places.size() == 120);
    REQUIRE(std::ranges::adjacent_find(new_places, std::greater_equal{}) == new_places.end());
    std::size_t survivors = 0;
    for (std::size_t l = 0; l < new_places.size(); ++l) {
      const auto old = std::ranges::lower_bound(old_places, new_places[l]) - old_places.begin();
      const float weight = setting.layer.weight[l];
      if (weight == 0) {
        CHECK(setting.state[l] == 0);
        continue;
      }
      ++survivors;
      REQUIRE(old_places.at(static_cast<std::size_t>(old)) == new_places[l]);
      CHECK(weight == before.weight[static_cast<std::size_t>(old)]);
      CHECK(setting.state[l] == weight + 10);
    }
    CHECK(survivors >= 120 - changed);
    auto indexed = setting.layer;
    net::index_by_output(indexed);
    CHECK(indexed.in_source == setting.layer.in_source);
    CHECK(indexed.in_link == setting.layer.in_link);
  }
}

TEST_CASE("regrowth is uniform over the empty places, the pruned ones included") {
  const auto layer = fixtures::layer(12, 10, 40, 3);
  const auto before = train::places(layer);
  const train::Links pruned{0, 5, 10, 15, 20, 25, 30, 35};
  std::vector<double> hits(120, 0);

  constexpr int trials = 5000;
  for (std::uint64_t trial = 0; trial < trials; ++trial) {
    core::Random random(21, 0, trial);
    for (const auto p : train::grow_uniformly(layer, pruned, random)) ++hits[p];
  }

  double statistic = 0;
  const double expected = trials * 8 / 88.0;  // 8 of 120 - 40 + 8 places
  for (std::uint64_t p = 0; p < 120; ++p) {
    const auto link = std::ranges::find(before, p) - before.begin();
    const bool empty = link == 40 || std::ranges::binary_search(pruned, static_cast<std::uint32_t>(link));
    if (empty)
      statistic += (hits[p] - expected) * (hits[p] - expected) / expected;
    else
      CHECK(hits[p] == 0);
  }
  CHECK(statistic < 87 + 5 * std::sqrt(2 * 87.0));  // 5 sd above the mean of chi-square with 87 degrees of freedom
  CHECK(statistic > 80.0 / 87 * (87 - 5 * std::sqrt(2 * 87.0)));
}

TEST_CASE("random pruning is uniform over the links") {
  std::vector<double> lost(50, 0);
  const auto before = fixtures::layer(40, 25, 50, 3);
  constexpr int trials = 3000;
  for (std::uint64_t trial = 0; trial < trials; ++trial) {
    Setting setting(before);
    setting.rewire("random", 0.2, trial);
    for (std::size_t l = 0; l < 50; ++l)
      lost[l] += std::ranges::find(setting.layer.weight, before.weight[l]) == setting.layer.weight.end();
  }

  double statistic = 0;
  for (const double count : lost) statistic += (count - trials / 5.0) * (count - trials / 5.0) / (trials / 5.0);
  CHECK(statistic < 49 + 5 * std::sqrt(2 * 49.0));  // 5 sd above the mean
}

TEST_CASE("RigL grows where the explicit dense gradient is largest outside the links that it kept") {
  Setting setting(fixtures::layer(30, 20, 90, 5));
  core::Random random(8, 8, 8);
  for (Eigen::Index i = 0; i < setting.gradient.size(); ++i) setting.gradient.data()[i] = static_cast<float>(random.gaussian());
  const auto before = setting.layer;
  const auto old_places = train::places(before);
  train::Links order(90);
  for (std::uint32_t l = 0; l < 90; ++l) order[l] = l;
  order = sorted_by_magnitude(before.weight, order);
  std::set<std::uint64_t> wanted;  // the 63 largest weights, then the 27 largest gradients elsewhere
  for (std::size_t i = 27; i < 90; ++i) wanted.insert(old_places[order[i]]);
  std::vector<std::pair<float, std::uint64_t>> ranked;
  for (std::uint64_t p = 0; p < 600; ++p)
    if (!wanted.contains(p))
      ranked.emplace_back(-std::abs(setting.gradient(static_cast<Eigen::Index>(p % 20), static_cast<Eigen::Index>(p / 20))), p);
  std::ranges::sort(ranked);
  for (std::size_t i = 0; i < 27; ++i) wanted.insert(ranked[i].second);

  CHECK(setting.rewire("rigl", 0.3) == 27);

  CHECK(train::places(setting.layer) == train::Places(wanted.begin(), wanted.end()));
}

TEST_CASE("of equal gradients RigL grows the lower places") {
  Setting setting(train::from_places(4, 3, {9, 10, 11}));
  setting.layer.weight = {3, 2, 1};
  setting.gradient(2, 0) = setting.gradient(0, 1) = setting.gradient(1, 2) = -1;  // places 2, 3 and 7

  CHECK(setting.rewire("rigl", 0.7) == 2);

  CHECK(train::places(setting.layer) == train::Places{2, 3, 9});
}

TEST_CASE("a link that RigL prunes and grows again keeps its weight and state") {
  Setting setting(fixtures::layer(30, 20, 90, 5));
  const auto before = setting.layer;
  for (std::uint32_t j = 0; j < 30; ++j)  // the gradient is large exactly on the links
    for (std::uint32_t l = before.start[j]; l < before.start[j + 1]; ++l) setting.gradient(before.target[l], j) = 1;

  setting.rewire("rigl", 0.3);

  CHECK(setting.layer.target == before.target);
  CHECK(setting.layer.weight == before.weight);
  CHECK(setting.state[4] == before.weight[4] + 10);
}

TEST_CASE("a full layer is left alone, a nearly full one rewires into what is empty") {
  for (const char* kind : {"set", "random", "rigl"}) {
    CAPTURE(kind);
    Setting full(fixtures::layer(20, 20, 400, 3)), nearly(fixtures::layer(20, 20, 399, 3));
    const auto before = full.layer.weight;

    CHECK(full.rewire(kind, 0.5) == 0);
    CHECK(full.layer.weight == before);
    CHECK(nearly.rewire(kind, 0.5) >= 198);
    CHECK(nearly.layer.target.size() == 399);
  }
}
