// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "schema.hpp"

namespace espalier::grid::test {

constexpr double overhead = 1.5e-4;  // seconds of each cell
constexpr double load = 5e-7;        // seconds of each image of an epoch

TEST_CASE("Costs follow images, passes, draws and links, what cells share is paid once") {
  const core::Schema known = schema();
  core::Plan plan =
      plan_of(file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n"
                        "  perturbation: [none, {kind: pgd, level: 0.1, images: 1000}, {kind: rotate, level: 30}]\n"
                        "  noise: [none, {structure: isotropic, layer: 1, trace: 1, draws: 10}]\n",
                        "train: {epochs: 5}\nevaluate: {images: 2000}\n"));

  predict_costs(plan, known, [](const core::ModelSpec&) {
    return Workload{.train_images = 60000, .layers = {{1e6, 100}, {2e6, 10}}};
  });

  const double pass = 3e6 / 1.5e10;  // seconds per image
  const double ten_draws = 1e6 / 1.5e10 + 10 * 2e6 / 1.5e10;
  const auto near = [](double x) { return doctest::Approx(x).epsilon(1e-12); };  // rounding of a few products
  CHECK(plan.models[0].cost == near(5 * 60000 * (load + 3 * pass)));
  CHECK(plan.cells[0].cost == near(overhead + 2000 * pass));
  CHECK(plan.cells[1].cost == near(overhead + 2000 * ten_draws));
  CHECK(plan.cells[2].cost == near(overhead + 1000 * (2 + 80) * pass));       // its images are others than those of cell 0
  CHECK(plan.cells[3].cost == near(overhead + 1000 * (2 + 80) * ten_draws));  // asks ten draws where the user does not say
  CHECK(plan.cells[4].cost == near(overhead + 2000 * (pass + 1e-4)));         // knows the clean images
  CHECK(plan.cells[5].cost == near(overhead + 2000 * ten_draws));             // knows the corrupted ones too
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
  const auto drawn = [](double draws) { return (1 + 2 * draws) / 3; };  // a third of the links is below the noise
  const std::vector<double> first{82, 2 * drawn(100) + 80, 2 * drawn(100) + 80 + drawn(500)};
  const std::vector<double> second{81, drawn(100) + 80 * drawn(3), drawn(100) + 80 * drawn(3)};  // the clean images are known
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(passes[i] == std::round(first[i]));
    CHECK(passes[3 + i] == std::round(second[i]));
  }
}

TEST_CASE("A corruption costs what its image has of pixels and channels, in cells and in fits") {
  core::Schema known = schema();
  std::ranges::find(known.perturbations, "rotate", &core::Kind::name)->cost = [](const core::Settings&) {
    return core::Cost{.per_image = 1e-3, .per_pixel = 1e-5, .per_value = 1e-6};
  };
  const std::string grid =
      "  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  perturbation: {kind: rotate, level: 30}\n"
      "  noise: {structure: full, source: {kind: rotate, level: 30}, layer: 1, trace: 1, fit_images: 500}\n";
  const auto cost = [&](double pixels, double channels) {
    core::Plan plan = plan_of(file_with(grid, "evaluate: {images: 2000}\n"));
    predict_costs(plan, known, [&](const core::ModelSpec&) {
      return Workload{.train_images = 60000, .pixels = pixels, .channels = channels, .layers = {{1e6, 100}, {2e6, 10}}};
    });
    return std::pair(plan.cells.at(0).cost, plan.fits.at(0).cost);
  };

  const auto [grey_cell, grey_fit] = cost(100, 1);
  const auto [colour_cell, colour_fit] = cost(1000, 3);

  const double more = 900 * 1e-5 + 2900 * 1e-6;  // per image
  CHECK(colour_cell - grey_cell == doctest::Approx(2000 * more).epsilon(1e-9));
  CHECK(colour_fit - grey_fit == doctest::Approx(500 * more).epsilon(1e-9));
}

TEST_CASE("An attack whose passes have a fixed number of draws costs those") {
  core::Schema known = schema();
  std::ranges::find(known.perturbations, "pgd", &core::Kind::name)->cost = [](const core::Settings&) {
    return core::Cost{.forward = 7, .backward = 5, .search_draws = 1};
  };
  core::Plan plan =
      plan_of(file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n"
                        "  perturbation: {kind: pgd, level: 0.1, images: 1000}\n"
                        "  noise: [{structure: isotropic, layer: 1, trace: 1, draws: 10}]\n"));

  predict_costs(plan, known, [](const core::ModelSpec&) {
    return Workload{.train_images = 60000, .layers = {{1e6, 100}, {2e6, 10}}};
  });

  const double pass = 3e6 / 1.5e10, ten_draws = 1e6 / 1.5e10 + 10 * 2e6 / 1.5e10;
  CHECK(plan.cells[0].cost == doctest::Approx(overhead + 1000 * (2 * ten_draws + 12 * pass)).epsilon(1e-12));
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

  CHECK(plan.cells[0].cost == doctest::Approx(overhead + 1000 * 82 * 3e6 / 1.5e10).epsilon(1e-12));
}

TEST_CASE("Models cost the forward and backward passes of their topology") {
  core::Plan plan =
      plan_of(file_with("  dataset: mnist\n  topology: static\n  sparsity: 0.9\n  seed: 0\n", "train: {epochs: 5}\n"));

  predict_costs(plan, schema(), [](const core::ModelSpec&) {
    return Workload{.train_images = 60000, .layers = {{1e6, 100}, {2e6, 10}}};
  });

  CHECK(plan.models[0].cost == doctest::Approx(5 * 60000 * (load + (6 + 5 + 2) * 3e6 / 1.5e10)).epsilon(1e-12));
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
  CHECK(plan.fits[0].cost == near(500 * (82 * pass + 100 * 100 / 2 / 1.5e10) + 12 * 1e6 / 1.5e10));
  CHECK(plan.tails[0].cost == near(7 * 60000 * (load + (3e6 + 2 * 2e6) / 1.5e10 + draw)));
  CHECK(plan.cells[0].cost == near(overhead + 2000 * (1e6 / 1.5e10 + 4 * (2e6 / 1.5e10 + draw))));
}

TEST_CASE(
    "Correlated noise below a convolution with fewer outputs costs a draw of these in a cell, and its own units in a tail") {
  core::Schema known = schema();
  for (core::Kind& structure : known.structures)
    structure.cost = [](const core::Settings& noise) {
      return core::Cost{.per_unit = 1e-9, .per_link = noise.kind == "full" ? 1e-11 : 0};
    };
  const auto costs = [&](const std::string& structure) {
    core::Plan plan =
        plan_of(file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n  noise: {structure: " + structure +
                              ", layer: 1, trace: 1, draws: 1, retrain_tail: true}\n",
                          "tail: {epochs: 1}\nevaluate: {images: 2000}\n"));
    predict_costs(plan, known, [](const core::ModelSpec&) {
      return Workload{.train_images = 60000, .layers = {{1e6, 100, 50}, {2e6, 10}}};
    });
    return std::pair(plan.cells[0].cost, plan.tails[0].cost);
  };
  const double full = 100 * 1e-9 + 100 * 100 * 1e-11, above = 50 * 1e-9 + 50 * 50 * 1e-11, isotropic = 100 * 1e-9;
  const auto near = [](double x) { return doctest::Approx(x).epsilon(1e-12); };

  const auto [cell, tail] = costs("full, source: {kind: pgd, level: 0.1}");
  CHECK(cell == near(overhead + 2000 * (3e6 / 1.5e10 + above)));
  CHECK(tail == near(60000 * (load + (3e6 + 2 * 2e6) / 1.5e10 + full)));
  CHECK(costs("isotropic").first == near(overhead + 2000 * (3e6 / 1.5e10 + isotropic)));
}

}  // namespace espalier::grid::test
