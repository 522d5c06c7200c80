// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cmath>

#include "schema.hpp"

namespace espalier::grid::test {

TEST_CASE("Costs follow images, passes, draws and links") {
  const core::Schema known = schema();
  core::Plan plan =
      plan_of(file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n"
                        "  perturbation: [none, {kind: pgd, level: 0.1, images: 1000}, {kind: rotate, level: 30}]\n"
                        "  noise: [none, {structure: isotropic, layer: 1, trace: 1, draws: 10}]\n",
                        "train: {epochs: 5}\nevaluate: {images: 2000}\n"));

  predict_costs(plan, known, [](const core::ModelSpec&) {
    return Workload{.train_images = 60000, .layers = {{1e6, 100}, {2e6, 10}}};
  });

  const double pass = 3e6 / 1.5e10;                                              // seconds per image
  const auto near = [](double x) { return doctest::Approx(x).epsilon(1e-12); };  // rounding of a few products
  CHECK(plan.models[0].cost == near(5 * 60000 * 3 * pass));
  CHECK(plan.cells[0].cost == near(2000 * pass));
  CHECK(plan.cells[1].cost == near(2000 * 10 * pass));
  CHECK(plan.cells[2].cost == near(1000 * (2 + 80) * pass));
  CHECK(plan.cells[3].cost == near(1000 * (2 * 10 + 80 * 10) * pass));  // asks ten draws where the user does not say
  CHECK(plan.cells[4].cost == near(2000 * (pass + 1e-4)));
}

TEST_CASE("An attack's search costs the draws that it asks, not those of a prediction, and votes cost a pass each") {
  core::Plan plan =
      plan_of(file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n"
                        "  perturbation: {kind: pgd, level: 0.1, images: 1000, eot: [1, 3]}\n"
                        "  noise: [none, {structure: isotropic, layer: 1, trace: 1, draws: 100},\n"
                        "          {structure: isotropic, layer: 1, trace: 1, draws: 100, certificate_draws: 500}]\n"));

  predict_costs(plan, schema(), [](const core::ModelSpec&) {
    return Workload{.train_images = 60000, .layers = {{1e6, 100}, {2e6, 10}}};
  });

  const double pass = 3e6 / 1.5e10;
  std::vector<double> passes;
  for (const core::Cell& cell : plan.cells) passes.push_back(std::round(cell.cost / (1000 * pass)));
  CHECK(passes == std::vector<double>{82, 200 + 80, 200 + 80 + 500, 82, 200 + 3 * 80, 200 + 3 * 80 + 500});
}

TEST_CASE("A cell whose noise is off at inference costs what one without noise does") {
  core::Schema known = schema();
  for (core::Kind& structure : known.structures)
    structure.cost = [](const core::Settings&) { return core::Cost{.per_unit = 1e-6}; };
  core::Plan plan =
      plan_of(file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n"
                        "  perturbation: {kind: pgd, level: 0.1, images: 1000}\n"
                        "  noise: {structure: full, source: {kind: rotate, level: 30}, layer: 1, trace: 1,\n"
                        "          draws: 100, retrain_tail: true, at_inference: false}\n"));

  predict_costs(plan, known, [](const core::ModelSpec&) {
    return Workload{.train_images = 60000, .layers = {{1e6, 100}, {2e6, 10}}};
  });

  CHECK(plan.cells[0].cost == doctest::Approx(1000 * 82 * 3e6 / 1.5e10).epsilon(1e-12));
}

TEST_CASE("Models cost the forward and backward passes of their topology") {
  core::Plan plan =
      plan_of(file_with("  dataset: mnist\n  topology: static\n  sparsity: 0.9\n  seed: 0\n", "train: {epochs: 5}\n"));

  predict_costs(plan, schema(), [](const core::ModelSpec&) {
    return Workload{.train_images = 60000, .layers = {{1e6, 100}, {2e6, 10}}};
  });

  CHECK(plan.models[0].cost == doctest::Approx(5 * 60000 * (6 + 5 + 2) * 3e6 / 1.5e10).epsilon(1e-12));
}

TEST_CASE("Fits cost their source and their covariance, tails the layers above the noise and its draws") {
  core::Schema known = schema();
  for (core::Kind& structure : known.structures)
    structure.cost = [](const core::Settings&) { return core::Cost{.per_unit = 1e-9, .per_link = 1e-11}; };
  core::Plan plan =
      plan_of(file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n"
                        "  noise: {structure: full, source: {kind: pgd, level: 0.1}, fit_images: 500, layer: 1, trace: 1, "
                        "draws: 4, retrain_tail: true}\n",
                        "tail: {epochs: 7}\nevaluate: {images: 2000}\n"));

  predict_costs(plan, known, [](const core::ModelSpec&) {
    return Workload{.train_images = 60000, .layers = {{1e6, 100}, {2e6, 10}}};
  });

  const double pass = 3e6 / 1.5e10, draw = 100 * 1e-9 + 100 * 100 * 1e-11;
  const auto near = [](double x) { return doctest::Approx(x).epsilon(1e-12); };  // rounding of a few products
  CHECK(plan.fits[0].cost == near(500 * (82 * pass + 100 * 100 / 2 / 1e10) + 12 * 1e6 / 1e10));
  CHECK(plan.tails[0].cost == near(7 * 60000 * ((3e6 + 2 * 2e6) / 1.5e10 + draw)));
  CHECK(plan.cells[0].cost == near(2000 * 4 * (pass + draw)));
}

}  // namespace espalier::grid::test
