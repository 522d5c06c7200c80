// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/core/precision.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "espalier/core/random.hpp"

using namespace espalier;
using core::Precision;

namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

/// Groups of `seeds` cells each: cell g * seeds + k is seed k of group g.
core::Plan plan(std::size_t groups, std::size_t seeds, const core::Until& until) {
  core::Plan made;
  made.cells.resize(groups * seeds);
  made.until = until;
  for (std::size_t g = 0; g < groups; ++g) {
    core::SeedGroup group;
    for (std::size_t k = 0; k < seeds; ++k) group.cells.push_back(g * seeds + k);
    made.groups.push_back(group);
  }
  return made;
}

core::Until until(double half_width, std::size_t at_least) { return {half_width, "accuracy", at_least, {}}; }

std::set<std::size_t> needed(const core::Plan& plan, const Precision& precision) {
  std::set<std::size_t> cells;
  for (std::size_t cell = 0; cell < plan.cells.size(); ++cell)
    if (precision.is_needed(cell)) cells.insert(cell);
  return cells;
}

/// Plays a run: cells that are needed end in random order. The cells that were needed.
std::set<std::size_t> play(const core::Plan& plan, const std::vector<double>& values, core::Random random) {
  Precision precision(plan);
  const std::set<std::size_t> first = needed(plan, precision);
  std::vector<std::size_t> ready(first.begin(), first.end());
  while (!ready.empty()) {
    std::swap(ready[random.below(ready.size())], ready.back());
    const std::size_t cell = ready.back();
    ready.pop_back();
    for (const std::size_t next : precision.ended(cell, values[cell])) ready.push_back(next);
  }
  CHECK(precision.standing().open == 0);
  return needed(plan, precision);
}

/// The rule in its own words, one group after the other: seed k is needed where those before it are not enough.
std::set<std::size_t> by_the_rule(const core::Plan& plan, const std::vector<double>& values) {
  std::set<std::size_t> cells;
  for (const core::SeedGroup& group : plan.groups) {
    std::vector<double> before;
    for (std::size_t k = 0; k < group.cells.size(); ++k) {
      const bool enough = k >= plan.until->at_least && before.size() >= plan.until->at_least &&
                          core::half_width(before, plan.until->at_least) <= plan.until->half_width;
      if (enough) break;
      cells.insert(group.cells[k]);
      double value = values[group.cells[k]];
      if (!group.against.empty()) {
        cells.insert(group.against[k]);
        value -= values[group.against[k]];
      }
      if (!std::isnan(value)) before.push_back(value);
    }
  }
  return cells;
}

}  // namespace

TEST_CASE("The half width is that of Student's interval times the factor for seeds taken one after another") {
  const std::vector<double> values{0.861, 0.874, 0.869, 0.858, 0.881, 0.866};

  // (1 + 1.5 / (5 sqrt(6))) * scipy.stats.t.ppf(0.975, 5) * scipy.stats.sem(values); scipy 1.10's quantile is right to 4e-10.
  CHECK(core::half_width(values, 5) == doctest::Approx(0.0099791528690507).epsilon(1e-11));
  CHECK(std::isinf(core::half_width(std::vector{0.5}, 5)));
}

TEST_CASE("A group takes its first seeds at once, and then one more while its interval is wide") {
  const core::Plan made = plan(1, 6, until(0.02, 3));
  Precision precision(made);
  CHECK(needed(made, precision) == std::set<std::size_t>{0, 1, 2});

  CHECK(precision.ended(2, 0.5).empty());
  CHECK(precision.ended(0, 0.6).empty());
  CHECK(precision.standing().open == 1);
  CHECK(precision.ended(1, 0.55) == std::vector<std::size_t>{3});  // half width 0.16
  CHECK(precision.ended(3, 0.56) == std::vector<std::size_t>{4});
  CHECK(precision.ended(3, 0.9).empty());  // known already
}

TEST_CASE("A group whose interval is narrow leaves out the seeds that remain") {
  const core::Plan made = plan(1, 6, until(0.02, 3));
  Precision precision(made);

  for (const std::size_t cell : {0, 1, 2}) CHECK(precision.ended(cell, 0.5 + 0.001 * static_cast<double>(cell)).empty());

  CHECK(needed(made, precision) == std::set<std::size_t>{0, 1, 2});
  CHECK(precision.standing().open == 0);
  CHECK(precision.standing().wide == 0);
  CHECK(*precision.standing().widest == doctest::Approx(core::half_width(std::vector{0.5, 0.501, 0.502}, 3)));
}

TEST_CASE("Cells that failed or have no value count as ended without one") {
  const core::Plan made = plan(1, 6, until(0.02, 3));
  Precision precision(made);

  precision.ended(0, 0.5);
  precision.ended(1, nothing);

  CHECK(precision.ended(2, 0.501) == std::vector<std::size_t>{3});
  CHECK(precision.ended(3, 0.502).empty());
  CHECK(precision.standing().open == 0);
}

TEST_CASE("A group that has taken all its seeds can remain wide") {
  const core::Plan made = plan(1, 3, until(0.02, 3));
  Precision precision(made);

  for (const std::size_t cell : {0, 1, 2}) precision.ended(cell, static_cast<double>(cell));

  CHECK(precision.standing().open == 0);
  CHECK(precision.standing().wide == 1);
}

TEST_CASE("A difference needs both cells of a seed, and a cell is needed where any group needs it") {
  core::Plan made = plan(2, 6, until(0.02, 3));
  made.cells.resize(18);
  for (core::SeedGroup& group : made.groups) group.against = {12, 13, 14, 15, 16, 17};
  Precision precision(made);
  CHECK(needed(made, precision) == std::set<std::size_t>{0, 1, 2, 6, 7, 8, 12, 13, 14});

  // The first group differs by 0.1 in every seed, the second by more and more.
  for (const std::size_t k : {0, 1, 2}) {
    const double base = 0.5 + 0.05 * static_cast<double>(k);
    precision.ended(12 + k, base);
    precision.ended(k, base + 0.1);
    precision.ended(6 + k, base + 0.1 * static_cast<double>(k));
  }

  CHECK(needed(made, precision) == std::set<std::size_t>{0, 1, 2, 6, 7, 8, 9, 12, 13, 14, 15});
}

TEST_CASE("Without until every cell is needed, and a cell of no group is") {
  core::Plan without;
  without.cells.resize(3);
  core::Plan made = plan(1, 4, until(0.02, 3));
  made.cells.resize(5);

  CHECK(Precision(without).is_needed(2));
  CHECK(Precision(made).is_needed(4));
  CHECK_FALSE(Precision(made).is_needed(3));
}

TEST_CASE("Which cells are needed does not depend on the order in which results come") {
  const core::Stream stream(5, "precision");
  for (std::uint64_t study = 0; study < 200; ++study) {
    CAPTURE(study);
    core::Random random = stream.random(study);
    core::Plan made = plan(4, 12, until(0.05, 3 + random.below(3)));
    made.groups[1].against = made.groups[0].against = made.groups[3].cells;
    std::vector<double> values;
    for (std::size_t cell = 0; cell < made.cells.size(); ++cell)
      values.push_back(random.coin(0.1) ? nothing : 0.5 + 0.06 * random.gaussian());

    const std::set<std::size_t> expected = by_the_rule(made, values);

    for (std::uint64_t order = 1; order <= 5; ++order) CHECK(play(made, values, stream.random(study, order)) == expected);
  }
}

TEST_CASE("Intervals at the end of simulated studies hold the mean in 93 to 97 % of them") {
  // A study has groups from one that needs the fewest seeds to one that needs all and stays wide.
  const std::vector<double> deviations{0.003, 0.006, 0.008, 0.01, 0.013, 0.02};
  constexpr std::size_t seeds = 30, studies = 4000;  // standard error of a share of 95 %: 0.34 %
  std::vector<std::size_t> held(deviations.size());
  const core::Stream stream(7, "coverage");

  for (std::uint64_t study = 0; study < studies; ++study) {
    for (std::size_t g = 0; g < deviations.size(); ++g) {
      core::Random random = stream.random(study, g);
      std::vector<double> values;
      const auto enough = [&] { return values.size() >= 5 && core::half_width(values, 5) <= 0.005; };
      while (values.size() < seeds && !enough()) values.push_back(deviations[g] * random.gaussian());
      const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
      held[g] += std::abs(mean) <= core::half_width(values, 5);
    }
  }

  for (std::size_t g = 0; g < deviations.size(); ++g) {
    CAPTURE(deviations[g]);
    const double share = static_cast<double>(held[g]) / studies;
    CHECK(share >= 0.93);
    CHECK(share <= 0.97);
  }
}
