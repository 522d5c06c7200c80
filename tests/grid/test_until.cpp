// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "espalier/core/axes.hpp"
#include "schema.hpp"

namespace espalier::grid::test {
namespace {

std::string grid(const std::string& seed, const std::string& topology = "[set, static, dense]",
                 const std::string& sparsity = "[0.9, 0.95]") {
  return "  dataset: mnist\n  topology: " + topology + "\n  sparsity: " + sparsity + "\n  seed: " + seed + "\n";
}

const std::string plain = "{from: 0, to: 9}";
const std::string accuracy = "{from: 0, to: 9, until: {half_width: 0.005, of: accuracy, at_least: 5}}";

std::string difference(const std::string& against) {
  return "{from: 0, to: 9, until: {half_width: 0.005, of: difference, at_least: 5, against: " + against + "}}";
}

/// What a cell is but for its seed and, where `without` names it, an axis.
std::string name_of(const core::Plan& plan, std::size_t row, const std::set<std::string>& without = {}) {
  std::string text;
  for (const core::AxisField& axis : core::axis_fields)
    if (axis.name != "seed" && !without.contains(std::string(axis.name)))
      text += core::canonical(core::value_of(axis, plan, plan.cells[row])) + " ";
  return text + core::canonical(plan.cells[row].perturbation);
}

int seed_of(const core::Plan& plan, std::size_t row) { return plan.models[plan.cells[row].model].seed; }

std::string mistake_in(const std::string& until) {
  return mistakes_in(file_with(grid("{from: 0, to: 9, until: " + until + "}")));
}

}  // namespace

TEST_CASE("Cells that are equal but for the seed are one group, in the order of the seeds") {
  const core::Plan plan = plan_of(file_with(grid(accuracy) + "  perturbation: [none, {kind: fgsm, level: [0.1, 0.2]}]\n"));

  REQUIRE(plan.until);
  CHECK(plan.until->half_width == 0.005);
  CHECK(plan.until->at_least == 5);
  CHECK(plan.groups.size() == (2 * 2 + 1) * 3);  // dense has no sparsity
  std::set<std::size_t> all;
  for (const core::SeedGroup& group : plan.groups) {
    REQUIRE(group.cells.size() == 10);
    CHECK(group.against.empty());
    for (std::size_t k = 0; k < 10; ++k) {
      CHECK(seed_of(plan, group.cells[k]) == static_cast<int>(k));
      CHECK(name_of(plan, group.cells[k]) == name_of(plan, group.cells[0]));
    }
    all.insert(group.cells.begin(), group.cells.end());
  }
  CHECK(all.size() == plan.cells.size());
}

TEST_CASE("A difference pairs each cell with the one of the same seed that has the other value") {
  const core::Plan plan = plan_of(file_with(grid(difference("{topology: static}"), "[set, static]")));

  CHECK(plan.groups.size() == 2);
  CHECK(plan.until->against == std::map<std::string, std::string>{{"topology", "static"}});
  for (const core::SeedGroup& group : plan.groups) {
    REQUIRE(group.against.size() == 10);
    for (std::size_t k = 0; k < 10; ++k) {
      CHECK(plan.models[plan.cells[group.cells[k]].model].topology.kind == "set");
      CHECK(plan.models[plan.cells[group.against[k]].model].topology.kind == "static");
      CHECK(seed_of(plan, group.cells[k]) == seed_of(plan, group.against[k]));
      CHECK(name_of(plan, group.cells[k], {"topology"}) == name_of(plan, group.against[k], {"topology"}));
    }
  }
}

TEST_CASE("Networks of every sparsity are compared with the one that has none, also where it is excluded once") {
  const core::Plan plan =
      plan_of(file_with(grid(difference("{topology: dense}"), "[set, dense]"), "exclude: [{topology: dense, sparsity: 0.9}]\n"));

  REQUIRE(plan.groups.size() == 2);
  CHECK(plan.groups[0].against == plan.groups[1].against);
}

TEST_CASE("A perturbation or a noise can be what differs") {
  const core::Plan plan = plan_of(
      file_with(grid(difference("{perturbation: none}"), "set") + "  perturbation: [none, {kind: fgsm, level: [0.1, 0.2]}]\n"));

  CHECK(plan.groups.size() == 2 * 2);
  for (const core::SeedGroup& group : plan.groups) CHECK(plan.cells[group.against[0]].perturbation->kind == "none");
}

TEST_CASE("Seeds that are excluded are missing in their group") {
  const core::Plan plan = plan_of(file_with(grid(accuracy), "exclude: [{topology: dense, seed: {from: 5, to: 9}}]\n"));

  std::multiset<std::size_t> sizes;
  for (const core::SeedGroup& group : plan.groups) sizes.insert(group.cells.size());
  CHECK(sizes == std::multiset<std::size_t>{5, 10, 10, 10, 10});
}

TEST_CASE("Cells without a partner are no group, which is a remark") {
  const core::Plan plan = plan_of(
      file_with(grid(difference("{topology: static}"), "[set, static]"), "exclude: [{topology: static, sparsity: 0.95}]\n"));

  CHECK(plan.groups.size() == 1);
  CHECK(std::ranges::any_of(plan.remarks, [](const std::string& remark) {
    return remark.find("1 groups have no cells to be compared with") != std::string::npos;
  }));
}

TEST_CASE("until changes no id, another rule is another plan") {
  const core::Plan before = plan_of(file_with(grid(plain))), with = plan_of(file_with(grid(accuracy))),
                   other = plan_of(file_with(grid("{from: 0, to: 9, until: {half_width: 0.005, of: accuracy, at_least: 6}}")));

  REQUIRE(before.cells.size() == with.cells.size());
  for (std::size_t row = 0; row < before.cells.size(); ++row) CHECK(before.cells[row].id == with.cells[row].id);
  CHECK(before.groups.empty());
  CHECK(std::set{before.hash, with.hash, other.hash}.size() == 3);
}

TEST_CASE("Mistakes in until are named with place, what is allowed and what was given") {
  const std::string good = "half_width: 0.1, of: accuracy, at_least: 5";
  CHECK(mistake_in("{" + good + "}").empty());
  CHECK(mistake_in("5") ==
        "grid.yaml:8:33: 'until' must be a map such as {half_width: 0.005, of: accuracy, at_least: 5}, given 5");
  CHECK(mistake_in("{half_width: 0, of: accuracy, at_least: 5}") ==
        "grid.yaml:8:46: 'half_width' must be a number above 0, given 0");
  CHECK(mistake_in("{of: accuracy, at_least: 5}") == "grid.yaml:8:33: 'until' needs 'half_width': a number");
  CHECK(mistake_in("{half_width: 0.1, of: acuracy, at_least: 5}").find("'of' must be one of difference, accuracy, loss") !=
        std::string::npos);
  CHECK(mistake_in("{half_width: 0.1, of: accuracy, at_least: 2}") ==
        "grid.yaml:8:75: 'at_least' must be a whole number from 3 to 10, given 2");
  CHECK(mistake_in("{half_width: 0.1, of: accuracy, at_least: 11}") ==
        "grid.yaml:8:75: 'at_least' must be a whole number from 3 to 10, given 11");
  CHECK(mistake_in("{" + good + ", against: {topology: static}}") ==
        "grid.yaml:8:87: 'against' is for 'of: difference', given 'of: accuracy'");
  CHECK(mistake_in("{" + good + ", agains: 3}") == "grid.yaml:8:78: 'agains' is not a key of 'until' (did you mean 'against'?)");
}

TEST_CASE("Mistakes in what a difference is against are named") {
  const auto against = [](const std::string& value) { return mistakes_in(file_with(grid(difference(value)))); };
  const std::string place = "grid.yaml:8:91: ";

  CHECK(mistake_in("{half_width: 0.1, of: difference, at_least: 5}") ==
        "grid.yaml:8:33: 'of: difference' needs 'against': an axis value, such as {topology: static}");
  CHECK(against("{topology: cht}") ==
        place + "'against' must name one value of 'topology' in 'grid', given one that 0 of them match");
  CHECK(against("{sparsity: [0.9, 0.95]}") ==
        place + "'against' must name one value of 'sparsity' in 'grid', given one that 2 of them match");
  CHECK(against("{seed: 0}") == place + "'against' cannot name 'seed', cells are compared seed by seed");
  CHECK(against("static") == place + "'against' must be a map of axis values, given 'static'");
  CHECK(mistakes_in(file_with(grid(difference("{topology: static}"), "static"))) ==
        "grid.yaml:8:33: 'against' leaves nothing to compare: no cell of 'grid' has another value and the same seed");
}

TEST_CASE("Seeds with until are an axis of their own, and of no other axis") {
  CHECK(mistakes_in(
            "espalier: 1\nname: x\nseed: 1\ngrid:\n  dataset: mnist\n  topology: set\n  sparsity: 0.9\n"
            "  zip: {seed: {from: 0, to: 3, until: {half_width: 1, of: accuracy, at_least: 3}}, train.epochs: [1, 2, 3, 4]}\n") ==
        "grid.yaml:8:39: 'until' cannot be in 'zip': seeds with 'until' are a separate axis");
  CHECK(mistakes_in(file_with(grid(plain, "set", "{from: 0.1, to: 0.9, step: 0.1, until: 3}")))
            .find("'until' is not a key of a range") != std::string::npos);
}

}  // namespace espalier::grid::test
