// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>

#include "schema.hpp"

namespace espalier::grid::test {
namespace {

const std::string grid =
    "  dataset: mnist\n  topology: [set, dense]\n  sparsity: [0.9, 0.95, 0.99]\n  seed: [0, 1]\n"
    "  perturbation: [none, {kind: pgd, level: [0.1, 0.2]}, {kind: rotate, level: 30}]\n"
    "  noise: [none, {structure: [isotropic, full], source: [{kind: pgd, level: 0.1}, matched], layer: 1, trace: [1, 2]}]\n";

core::Plan without(const std::string& rules) { return plan_of(file_with(grid, "exclude:\n" + rules)); }

std::size_t count(const core::Plan& plan, auto predicate) {
  return static_cast<std::size_t>(std::ranges::count_if(plan.cells, predicate));
}

}  // namespace

TEST_CASE("Without rules every combination is there once") {
  const core::Plan plan = plan_of(file_with(grid));

  // 4 perturbations with none, 2 isotropic, 2 full from pgd 0.1; matched adds 2 full for each but none (noise none already)
  // and pgd at 0.1 (the same as the source).
  CHECK(plan.models.size() == 2 * (3 + 1));
  CHECK(plan.cells.size() == plan.models.size() * (4 * 5 + 2 * 2));
}

TEST_CASE("A rule acts on the whole product, before cells collapse") {
  const core::Plan plan = without("  - {topology: dense, sparsity: [0.9, 0.95]}\n");

  CHECK(plan.models.size() == 2 * (3 + 1));
  REQUIRE(!plan.remarks.empty());
  CHECK(plan.remarks[0] == "exclude rule 1 (line 12) removes 144 of 432 cells");  // 432 = 2 * 3 * 2 * 4 * 9
}

TEST_CASE("Models that no cell needs are not trained") {
  const core::Plan plan = without("  - {topology: set, sparsity: 0.9}\n  - {topology: dense}\n  - {seed: 1}\n");

  CHECK(plan.models.size() == 2);
}

TEST_CASE("Perturbations and noises are excluded by kind or by some of their parameters") {
  const auto is_pgd = [](const core::Cell& c) { return c.perturbation->kind == "pgd"; };
  const auto is_strong = [&](const core::Cell& c) { return is_pgd(c) && c.perturbation->number("level") == 0.2; };
  const auto is_full_from_pgd = [](const core::Cell& c) {
    return c.noise->kind == "full" && c.noise->nested("source").kind == "pgd";
  };
  const core::Plan plan = plan_of(file_with(grid));

  CHECK(count(plan, is_pgd) > count(plan, is_strong));
  CHECK(count(without("  - {perturbation: pgd}\n"), is_pgd) == 0);
  const core::Plan weak = without("  - {perturbation: {kind: pgd, level: {from: 0.2, to: 0.4, step: 0.1}}}\n");
  CHECK(count(weak, is_strong) == 0);
  CHECK(weak.cells.size() == plan.cells.size() - count(plan, is_strong));
  CHECK(without("  - {perturbation: {kind: rotate, level: [0.1, 0.2]}}\n").cells.size() == plan.cells.size());
  CHECK(count(without("  - {noise: {source: [pgd, matched]}}\n"), is_full_from_pgd) == 0);
  CHECK(count(without("  - {noise: {structure: full, source: {level: 0.1}}}\n  - {noise: {source: matched}}\n"),
              is_full_from_pgd) == 0);
  CHECK(count(without("  - {noise: [none, isotropic]}\n"), [](const core::Cell& c) { return c.noise->kind == "isotropic"; }) ==
        0);
}

TEST_CASE("One map is a list of one rule") { CHECK(plan_of(file_with(grid, "exclude: {topology: dense}\n")).models.size() == 6); }

TEST_CASE("A rule that leaves out nothing is a remark, and overlapping rules count all that they match") {
  const core::Plan plan = without("  - {topology: static}\n  - {seed: 0}\n  - {seed: 0, topology: set}\n");

  REQUIRE(plan.remarks.size() >= 3);
  CHECK(plan.remarks[0] == "exclude rule 1 (line 12) removes no cell");
  CHECK(plan.remarks[1] == "exclude rule 2 (line 13) removes 216 of 432 cells");
  CHECK(plan.remarks[2] == "exclude rule 3 (line 14) removes 108 of 432 cells");
}

TEST_CASE("A sparsity that one topology does not allow can be excluded for it") {
  const std::string both = "  dataset: mnist\n  topology: [set, cht]\n  sparsity: [0.9, 0.99]\n  seed: 0\n";

  const core::Plan plan = plan_of(file_with(both, "exclude: {topology: cht, sparsity: 0.9}\n"));

  CHECK(plan.models.size() == 3);
  CHECK(mistakes_in(file_with(both)) ==
        "grid.yaml:7:13: 'sparsity' of topology 'cht' must be a number from 0.98 to 0.999, given 0.9 (or exclude it): its search "
        "is slow");
}

}  // namespace espalier::grid::test
