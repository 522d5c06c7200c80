#include <doctest/doctest.h>

#include "schema.hpp"

namespace espalier::grid::test {

TEST_CASE("Costs follow images, passes, draws and links") {
  const core::Schema known = schema();
  core::Plan plan =
      plan_of(file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n"
                        "  perturbation: [none, {kind: pgd, level: 0.1, images: 1000}, {kind: rotate, level: 30}]\n"
                        "  noise: [none, {structure: isotropic, layer: 1, trace: 1, draws: 10}]\n",
                        "train: {epochs: 5}\nevaluate: {images: 2000}\n"));

  predict_costs(plan, known, [](const core::ModelSpec&) { return Workload{.train_images = 60000, .links = 3e6}; });

  const double pass = 3e6 / 1.5e10;                                              // seconds per image
  const auto near = [](double x) { return doctest::Approx(x).epsilon(1e-12); };  // rounding of a few products
  CHECK(plan.models[0].cost == near(5 * 60000 * 3 * pass));
  CHECK(plan.cells[0].cost == near(2000 * pass));
  CHECK(plan.cells[1].cost == near(2000 * 10 * pass));
  CHECK(plan.cells[2].cost == near(1000 * 80 * pass));
  CHECK(plan.cells[3].cost == near(1000 * 80 * 10 * pass));
  CHECK(plan.cells[4].cost == near(2000 * (pass + 1e-4)));
}

}  // namespace espalier::grid::test
