// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "schema.hpp"

namespace espalier::grid::test {
namespace {

const std::string base = "  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n";

std::set<std::string> ids(const core::Plan& plan) {
  std::set<std::string> all;
  for (const core::Cell& cell : plan.cells) all.insert(cell.id);
  return all;
}

}  // namespace

TEST_CASE("The example of the file format expands to the counts that can be worked out by hand") {
  const std::string text = R"(espalier: 1                              # format version
name: link-removal
seed: 20260225                           # master seed
grid:
  dataset:   [mnist, fashion-mnist]
  topology:  [set, static, dense]
  sparsity:  [0.9, 0.95, 0.99]
  seed:      {from: 0, to: 9}
  perturbation:
    - {kind: none}
    - {kind: remove-links, order: [random, weakest, strongest], level: {from: 0.1, to: 0.9, step: 0.1}}
    - {kind: shuffle-weights, within: [network, layer, fan-in], level: [0.25, 0.5, 1.0]}
    - {kind: pgd, norm: linf, level: [0.02, 0.05, 0.1], steps: 40, images: 1000}
    - {kind: rotate, level: [15, 30, 60]}
  noise:
    - {structure: none}
    - {structure: [none, isotropic, diagonal, full], source: {kind: pgd, level: 0.1}, layer: 2,
       trace: [0.5, 2.0], draws: 10, retrain_tail: true}
exclude:
  - {topology: dense, sparsity: [0.9, 0.95]}
train: {hidden: [1000, 1000, 1000], epochs: 30, batch: 128, optimizer: adam, learning_rate: 0.003, rewire_fraction: 0.3}
evaluate: {images: 10000}
)";

  const core::Plan plan = plan_of(text);

  const std::size_t models = 2 * (2 * 3 + 1) * 10;  // dense once
  const std::size_t perturbations = 1 + 27 + 9 + 3 + 3;
  const std::size_t noises = 1 + 1 + 2 + 2 + 2;  // without noise, the same retrained, and three structures at two traces
  CHECK(plan.models.size() == models);
  CHECK(plan.cells.size() == models * perturbations * noises);
  CHECK(plan.fits.size() == models);
  CHECK(plan.tails.size() == models * 7);
  CHECK(plan.master_seed == 20260225);
  CHECK(plan.name == "link-removal");
  CHECK(plan.source == text);
  CHECK(plan.hash.size() == 64);
  CHECK(ids(plan).size() == plan.cells.size());
}

TEST_CASE("Twelve models with thirty cells each are twelve models and 360 cells, ordered by model") {
  const core::Plan plan = plan_of(file_with(
      "  dataset: mnist\n  topology: [set, static]\n  sparsity: [0.9, 0.99]\n  seed: [0, 1, 2]\n"
      "  perturbation: {kind: remove-links, order: [random, weakest, strongest], level: {from: 0.1, to: 1, step: 0.1}}\n"));

  CHECK(plan.models.size() == 12);
  REQUIRE(plan.cells.size() == 360);
  for (std::size_t i = 0; i < 360; ++i) CHECK(plan.cells[i].model == i / 30);
  CHECK(plan.cells[0].perturbation->text("order") == "random");
  CHECK(plan.cells[2].perturbation->number("level") == 0.3);
  CHECK(plan.cells[10].perturbation->text("order") == "weakest");
}

TEST_CASE("Two sources, five structures, three traces and ten levels train one model and fit two covariances") {
  const core::Plan plan =
      plan_of(file_with(base + "  perturbation: {kind: rotate, level: {from: 10, to: 100, step: 10}}\n"
                               "  noise:\n"
                               "    - {structure: [none, isotropic, diagonal, full, blend], source: [{kind: pgd, level: 0.1}, "
                               "{kind: rotate, level: 30}],\n"
                               "       layer: 2, trace: [0.5, 1, 2], draws: 10, alpha: 0.5, retrain_tail: true}\n"));

  CHECK(plan.models.size() == 1);
  CHECK(plan.fits.size() == 2);
  CHECK(plan.tails.size() == 1 + 3 + 3 * 3 * 2);  // none once, isotropic by trace, three structures by trace and source
  CHECK(plan.cells.size() == 10 * plan.tails.size());
  for (const core::TailSpec& tail : plan.tails) CHECK_FALSE(tail.noise.has("draws"));
  for (const core::Cell& cell : plan.cells) {
    REQUIRE(cell.tail);
    CHECK(cell.fit == plan.tails[*cell.tail].fit);
    CHECK(cell.fit.has_value() == (cell.noise->kind != "none" && cell.noise->kind != "isotropic"));
    if (cell.fit) CHECK(plan.fits[*cell.fit].source == cell.noise->nested("source"));
    if (cell.fit) CHECK(plan.fits[*cell.fit].layer == 2);
  }
}

TEST_CASE("The number of draws multiplies cells but no fit and no tail") {
  const core::Plan plan = plan_of(file_with(
      base +
      "  noise: {structure: full, source: {kind: pgd, level: 0.1}, layer: 1, trace: 1, draws: [1, 10], retrain_tail: true}\n"));

  CHECK(plan.cells.size() == 2);
  CHECK(plan.fits.size() == 1);
  CHECK(plan.tails.size() == 1);
}

TEST_CASE("A fit takes all training images, but the first 10 000 for an attack, unless it is told") {
  const core::Plan plan = plan_of(file_with(
      base +
      "  noise:\n    - {structure: full, source: [{kind: pgd, level: 0.1}, {kind: rotate, level: 30}], layer: 1, trace: 1}\n"
      "    - {structure: full, source: {kind: pgd, level: 0.1}, layer: 1, trace: 1, fit_images: 500}\n"));

  REQUIRE(plan.fits.size() == 3);
  CHECK(plan.fits[0].images == 10000);
  CHECK(plan.fits[1].images == 0);
  CHECK(plan.fits[2].images == 500);
  CHECK(plan.cells[0].noise->number("fit_images") == 10000);
}

TEST_CASE("How many images a perturbation is evaluated on does not change the noise that is fitted to it") {
  const core::Plan plan =
      plan_of(file_with(base + "  perturbation: [{kind: pgd, level: 0.1, images: 100}, {kind: pgd, level: 0.1, images: 200}]\n"
                               "  noise: {structure: full, source: matched, layer: 1, trace: 1}\n"));

  CHECK(plan.cells.size() == 2);
  REQUIRE(plan.fits.size() == 1);
  CHECK_FALSE(plan.fits[0].source.has("images"));
}

TEST_CASE("The settings of the tails change tails and their cells, and nothing else") {
  const std::string noises =
      "  noise:\n    - {structure: none}\n"
      "    - {structure: full, source: {kind: pgd, level: 0.1}, layer: 1, trace: 1, retrain_tail: true}\n";

  const core::Plan one = plan_of(file_with(base + noises)), two = plan_of(file_with(base + noises, "tail: {epochs: 3}\n"));

  CHECK(one.cells[0].id == two.cells[0].id);
  CHECK(one.cells[1].id != two.cells[1].id);
  CHECK(one.fits[0].id == two.fits[0].id);
  CHECK(one.tails[0].id != two.tails[0].id);
  CHECK(two.tails[0].train.integer("epochs") == 3);
}

TEST_CASE("A matched source is the cell's own perturbation, and no noise where nothing is perturbed") {
  const core::Plan plan = plan_of(file_with(base + "  perturbation: [none, {kind: pgd, level: [0.1, 0.2]}]\n"
                                                   "  noise: [none, {structure: full, source: matched, layer: 1, trace: 1}]\n"));

  REQUIRE(plan.cells.size() == 5);  // none once, two levels with and without noise
  CHECK(plan.fits.size() == 2);
  CHECK(plan.cells[0].noise->kind == "none");
  CHECK(plan.cells[2].perturbation == plan.cells[2].noise->nested("source"));
  CHECK(std::ranges::count(plan.remarks, "cells without a perturbation have noise 'none' where the noise has source 'matched'") ==
        1);
}

TEST_CASE("A topology without sparse layers collapses over sparsity and says so") {
  const core::Plan plan =
      plan_of(file_with("  dataset: mnist\n  topology: [dense, set]\n  sparsity: [0.9, 0.99]\n  seed: [0, 1]\n"));

  CHECK(plan.models.size() == 6);
  CHECK(plan.models[0].sparsity == 0);
  CHECK(plan.models[0].topology == core::Settings{"dense", {}});
  CHECK(plan.remarks ==
        std::vector<std::string>{"2 of 8 cells differ only in settings that they do not use; 6 distinct cells remain"});
}

TEST_CASE("Dense topologies alone need no sparsity, no perturbation and no noise") {
  const core::Plan plan = plan_of(file_with("  dataset: mnist\n  topology: dense\n  seed: 0\n"));

  REQUIRE(plan.cells.size() == 1);
  CHECK(plan.cells[0].perturbation->kind == "none");
  CHECK(plan.cells[0].noise == core::Settings{"none", {{"retrain_tail", core::Value(false)}}});
  CHECK(plan.axes.size() == 3);
}

TEST_CASE("A topology takes its settings from its entry, else from the section train, else the default") {
  const std::string grid =
      "  dataset: mnist\n  topology: [set, {kind: set, rewire_fraction: 0.1}, static]\n  sparsity: 0.9\n  seed: 0\n";

  const core::Plan said = plan_of(file_with(grid, "train: {rewire_fraction: 0.5}\n"));
  const core::Plan unsaid = plan_of(file_with(grid));

  CHECK(said.models[0].topology.number("rewire_fraction") == 0.5);
  CHECK(said.models[1].topology.number("rewire_fraction") == 0.1);
  CHECK(unsaid.models[0].topology.number("rewire_fraction") == 0.3);
  CHECK_FALSE(said.models[2].topology.has("rewire_fraction"));
  CHECK_FALSE(said.models[0].train.has("rewire_fraction"));
  CHECK(said.models[1].id == unsaid.models[1].id);
  CHECK(said.models[2].id == unsaid.models[2].id);
  CHECK(said.models[0].id != unsaid.models[0].id);
}

TEST_CASE("Images are a random sample unless the first ones are asked for, which leaves no trace in the ids") {
  const core::Settings first{"evaluate", {{"images", core::Value(300.0)}}};

  const core::Plan usual = plan_of(file_with(base, "evaluate: {images: 300}\n"));
  const core::Plan asked = plan_of(file_with(base, "evaluate: {images: {first: 300}}\n"));
  const core::Plan spelled = plan_of(file_with(base, "evaluate: {images: 300, random_images: false}\n"));

  CHECK(usual.cells[0].evaluate->flag("random_images"));
  CHECK(asked.cells[0].evaluate == first);
  CHECK(spelled.cells[0].evaluate == first);
  CHECK(asked.cells[0].images == 300);
  CHECK(asked.cells[0].id == spelled.cells[0].id);
  CHECK(asked.cells[0].id != usual.cells[0].id);
  CHECK(spelled.remarks.empty());
  CHECK(mistakes_in(file_with(base, "evaluate: {images: {last: 300}}\n")) != "");
}

TEST_CASE("A kind's later definition changes the ids of its cells and no other") {
  const std::string kinds = "  perturbation: [none, {kind: remove-links, level: 0.5}, {kind: pgd, level: 0.1}]\n";
  const std::string text = file_with(base + kinds);
  core::Schema later = schema();
  std::ranges::find(later.perturbations, "pgd", &core::Kind::name)->definition = 2;

  const core::Plan before = plan_of(text), now = expand(text, "grid.yaml", later);

  REQUIRE(now.cells.size() == 3);
  CHECK(now.cells[0].id == before.cells[0].id);
  CHECK(now.cells[1].id == before.cells[1].id);
  CHECK(now.cells[2].id != before.cells[2].id);
  CHECK(now.cells[2].perturbation->integer("definition") == 2);
  CHECK_FALSE(before.cells[2].perturbation->has("definition"));
  CHECK(now.models[0].id == before.models[0].id);

  later.train.definition = 99;
  CHECK(expand(text, "grid.yaml", later).models[0].id != before.models[0].id);
}

TEST_CASE("A later definition of some settings leaves the ids of the others") {
  const std::string text = file_with(base + "  perturbation: [{kind: pgd, level: 0.1, norm: [linf, l2]}]\n");
  core::Schema later = schema();
  core::Kind& pgd = *std::ranges::find(later.perturbations, "pgd", &core::Kind::name);
  pgd.definition = 2;
  pgd.definition_if = {"norm", {"l2"}};

  const core::Plan before = plan_of(text), now = expand(text, "grid.yaml", later);

  REQUIRE(now.cells.size() == 2);
  CHECK(now.cells[0].id == before.cells[0].id);
  CHECK(now.cells[1].id != before.cells[1].id);
  CHECK_FALSE(now.cells[0].perturbation->has("definition"));
  CHECK(now.cells[1].perturbation->integer("definition") == 2);
}

TEST_CASE("Models that differ in topology rule, training or data set draw the same links and weights") {
  const std::string grid =
      "  dataset: [mnist, fashion-mnist]\n  topology: [set, static]\n  sparsity: [0.9, 0.99]\n  seed: [0, 1]\n";

  const core::Plan one = plan_of(file_with(grid, "train: {epochs: 1}\n"));
  const core::Plan two = plan_of(file_with(grid, "train: {epochs: 2, learning_rate: 0.01}\n"));

  std::set<std::string> streams;
  for (std::size_t i = 0; i < one.models.size(); ++i) {
    streams.insert(one.models[i].stream);
    CHECK(one.models[i].stream == two.models[i].stream);
    CHECK(one.models[i].id != two.models[i].id);
  }
  CHECK(streams.size() == 4);  // of each sparsity and seed
}

TEST_CASE("A parameter that another one makes meaningless is dropped with a remark") {
  const core::Plan plan =
      plan_of(file_with(base + "  perturbation: {kind: apgd, level: 0.1, loss: [ce, targeted-dlr], targets: 3}\n",
                        "train: {optimizer: adam, momentum: 0.5}\n"));

  REQUIRE(plan.cells.size() == 2);
  CHECK_FALSE(plan.cells[0].perturbation->has("targets"));
  CHECK(plan.cells[1].perturbation->integer("targets") == 3);
  CHECK_FALSE(plan.models[0].train.has("momentum"));
  CHECK(plan.remarks == std::vector<std::string>{"'momentum' (line 10) has no effect with the other settings of 'train'"});
}

TEST_CASE("A perturbation's own number of images replaces that of the section evaluate") {
  const core::Plan plan =
      plan_of(file_with(base + "  perturbation: [none, {kind: pgd, level: 0.1, images: 1001}, {kind: pgd, level: 0.2}]\n",
                        "evaluate: {images: 500}\n"));

  CHECK(plan.cells[0].images == 500);
  CHECK(plan.cells[1].images == 1001);
  CHECK(plan.cells[1].evaluate->integer("images") == 1001);
  CHECK(plan.cells[2].images == 500);
  CHECK(plan.cells[0].outcome_offset == 0);
  CHECK(plan.cells[1].outcome_offset == 63);
  CHECK(plan.cells[2].outcome_offset == 63 + 126);
}

TEST_CASE("Anchors and aliases stand for what they name") {
  const core::Plan plan = plan_of(file_with(base + "  perturbation:\n    - &a {kind: pgd, level: 0.1}\n"
                                                   "  noise: {structure: full, source: *a, layer: 1, trace: 1}\n"));

  CHECK(plan.fits[0].source == plan.cells[0].perturbation);
}

TEST_CASE("The axes are summarised in the order of the file") {
  const core::Plan plan = plan_of(file_with(base + "  perturbation: [none, {kind: remove-links, level: [0.1, 0.2]}]\n"));

  REQUIRE(plan.axes.size() == 5);
  CHECK(plan.axes[1].values == std::vector<std::string>{"set: rewire_fraction 0.3"});
  CHECK(plan.axes[4].values == std::vector<std::string>{"none", "remove-links: level 0.1 0.2, order random"});
}

}  // namespace espalier::grid::test
