// SPDX-License-Identifier: BSD-3-Clause
// Axes that vary together, and settings of `train` and `tail` as axes.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "schema.hpp"

namespace espalier::grid::test {
namespace {

const std::string base = "  dataset: mnist\n  topology: set\n  seed: [0, 1]\n";
const std::string retrained =
    "  noise: [none, {structure: isotropic, layer: 1, trace: 1, retrain_tail: [false, true]}]\n"
    "  perturbation: {kind: rotate, level: 30}\n";

std::set<std::string> ids(const core::Plan& plan) {
  std::set<std::string> all;
  for (const core::Cell& cell : plan.cells) all.insert(cell.id);
  return all;
}

/// The ids of several grids together.
std::set<std::string> ids(const std::vector<std::string>& texts) {
  std::set<std::string> all;
  for (const std::string& text : texts) all.merge(ids(plan_of(text)));
  return all;
}

}  // namespace

TEST_CASE("A zipped pair of axes gives the ids of the separate grids") {
  const core::Plan plan =
      plan_of(file_with(base + "  zip: {sparsity: [0.9, 0.95, 0.99], train.epochs: [30, 30, 60]}\n" + retrained));

  const auto alone = [](const std::string& sparsity, const std::string& epochs) {
    return file_with(base + "  sparsity: " + sparsity + "\n" + retrained, "train: {epochs: " + epochs + "}\n");
  };
  CHECK(plan.models.size() == 3 * 2);
  CHECK(plan.cells.size() == 3 * 2 * 3);
  CHECK(ids(plan) == ids(std::vector{alone("0.9", "30"), alone("0.95", "30"), alone("0.99", "60")}));
}

TEST_CASE("A setting of train is an axis, with one value it is the section's value") {
  const std::string grid = base + "  sparsity: 0.9\n";
  const core::Plan plan = plan_of(file_with(grid + "  train.learning_rate: [0.001, 0.01]\n", "train: {epochs: 3}\n"));

  CHECK(plan.models.size() == 4);
  CHECK(plan.models[0].train.number("learning_rate") == 0.001);
  CHECK(plan.models[0].train.number("epochs") == 3);
  CHECK(ids(plan_of(file_with(grid + "  train.epochs: 4\n"))) == ids(plan_of(file_with(grid, "train: {epochs: 4}\n"))));
}

TEST_CASE("A setting that another one does not use makes no further models") {
  const core::Plan plan =
      plan_of(file_with(base + "  sparsity: 0.9\n  train.optimizer: [adam, sgd]\n  train.momentum: [0.5, 0.9]\n"));

  CHECK(plan.models.size() == 2 * (1 + 2));
}

TEST_CASE("Widths are an axis of lists, and the noise is limited to the layers that all networks have") {
  const std::string grid = base + "  sparsity: 0.9\n  train.hidden: [[100], [100, 50]]\n";
  const std::string noise = "  noise: {structure: isotropic, trace: 1, layer: ";

  CHECK(plan_of(file_with(grid)).models.size() == 4);
  CHECK(plan_of(file_with(grid + noise + "1}\n")).models.size() == 4);
  CHECK(mistakes_in(file_with(grid + noise + "2}\n")) == "grid.yaml:10:50: 'layer' must be a whole number from 1 to 1, given 2");
}

TEST_CASE("A setting of tail only concerns cells with a retrained tail") {
  const core::Plan plan = plan_of(file_with(base + "  sparsity: 0.9\n" + retrained + "  tail.epochs: [2, 5]\n"));

  CHECK(plan.tails.size() == 2 * 2);
  CHECK(plan.cells.size() == 2 * (2 + 2));
  const auto five = std::ranges::find_if(
      plan.cells, [&](const core::Cell& cell) { return cell.tail && plan.tails[*cell.tail].train.number("epochs") == 5; });
  REQUIRE(five != plan.cells.end());
  const core::Plan alone = plan_of(file_with(base + "  sparsity: 0.9\n" + retrained, "tail: {epochs: 5}\n"));
  CHECK(ids(alone).contains(five->id));
}

TEST_CASE("Axes of models and of conditions can be zipped, in several groups") {
  const core::Plan plan = plan_of(
      file_with("  topology: set\n  sparsity: 0.9\n  zip:\n"
                "    - {dataset: [mnist, fashion-mnist], perturbation: [{kind: pgd, level: 0.3}, {kind: pgd, level: 0.1}]}\n"
                "    - {seed: [0, 1, 2], train.epochs: [5, 5, 7]}\n"));

  CHECK(plan.models.size() == 2 * 3);
  REQUIRE(plan.cells.size() == 2 * 3);
  for (const core::Cell& cell : plan.cells) {
    const core::ModelSpec& model = plan.models[cell.model];
    CHECK(cell.perturbation->number("level") == (model.dataset == "mnist" ? 0.3 : 0.1));
    CHECK(model.train.number("epochs") == (model.seed == 2 ? 7 : 5));
  }
  REQUIRE(plan.axes.size() == 6);
  CHECK(plan.axes[0].axis == "dataset");
  CHECK(plan.axes[0].zipped_with == std::vector<std::string>{"perturbation"});
  CHECK(plan.axes[3].zipped_with == std::vector<std::string>{"train.epochs"});
  CHECK(plan.axes[2].zipped_with.empty());
}

TEST_CASE("Rules can name settings, their counts are those of the zipped grid") {
  const core::Plan plan =
      plan_of(file_with(base + "  zip: {sparsity: [0.9, 0.95, 0.99], train.epochs: [30, 40, 60]}\n",
                        "exclude: [{train.epochs: [30, 60], seed: 1}, {sparsity: 0.95, train.epochs: 30}]\n"));

  CHECK(plan.models.size() == 4);
  REQUIRE(plan.remarks.size() == 2);
  CHECK(plan.remarks[0] == "exclude rule 1 (line 9) removes 2 of 6 cells");
  CHECK(plan.remarks[1] == "exclude rule 2 (line 9) removes no cell");
}

TEST_CASE("A topology is only checked with the sparsity that it is zipped with") {
  const std::string grid = "  dataset: mnist\n  seed: 0\n  zip: {topology: [set, cht], sparsity: [0.9, ";

  CHECK(plan_of(file_with(grid + "0.99]}\n")).models.size() == 2);
  CHECK(mistakes_in(file_with(grid + "0.95]}\n")).find("'sparsity' of topology 'cht' must be") != std::string::npos);
}

TEST_CASE("Mistakes in groups and settings are named with place, what is allowed and what was given") {
  const std::string grid = base + "  sparsity: 0.9\n";
  const auto mistakes = [&](const std::string& lines, const std::string& rest = "") {
    return mistakes_in(file_with(base + lines, rest));
  };

  CHECK(mistakes("  zip: {sparsity: [0.9, 0.99], train.epochs: [30, 60, 90]}\n") ==
        "grid.yaml:8:32: axes of one group of 'zip' need as many values: 'sparsity' has 2, 'train.epochs' has 3");
  CHECK(mistakes("  zip: {sparsity: [0.9, 0.99, 0.9], train.epochs: [30, 60, 30]}\n") ==
        "grid.yaml:8:9: values 1 and 3 of this group of 'zip' are the same combination (duplicate cells)");
  CHECK(mistakes("  sparsity: 0.9\n  zip: {sparsity: [0.9, 0.99], train.epochs: [30, 60]}\n") ==
        "grid.yaml:9:9: 'sparsity' is given twice (first in line 8); give an axis in 'grid' or in one group of 'zip'");
  CHECK(mistakes("  zip: {sparsity: [0.9, 0.99]}\n") ==
        "grid.yaml:5:3: 'grid' needs 'sparsity': topology 'set' has sparse layers\n"
        "grid.yaml:8:8: a group of 'zip' must be a map of at least two axes, such as {sparsity: [0.9, 0.99], train.epochs: "
        "[30, 60]}, given 1 axis");
  CHECK(mistakes("  sparsity: 0.9\n  train.epoch: [1, 2]\n") ==
        "grid.yaml:9:3: 'train.epoch' is not a key of 'grid' (did you mean 'train.epochs'?)");
  CHECK(mistakes("  sparsity: 0.9\n  train.rewire_fraction: [0.1, 0.2]\n") ==
        "grid.yaml:9:3: 'train.rewire_fraction' is not a key of 'grid' (it is a parameter of topology 'set': give it a list "
        "there)");
  CHECK(mistakes("  sparsity: 0.9\n  train.epochs: [1, 2]\n", "train: {epochs: 5}\n") ==
        "grid.yaml:10:9: 'train.epochs' is an axis of 'grid' (line 9): remove it from 'train'");
  CHECK(mistakes("  sparsity: 0.9\n  train.epochs: [1, 0.5]\n") ==
        "grid.yaml:9:21: 'train.epochs' must be a whole number from 0 to 10000, given 0.5");
}

}  // namespace espalier::grid::test
