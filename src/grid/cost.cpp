
#include "espalier/grid/grid.hpp"

namespace espalier::grid {
namespace {

/// Multiply-adds per second of one core on the sparse layers; measured 1.5e10 to 1.7e10 at 99 % sparsity and batch 128.
constexpr double rate = 1.5e10;
constexpr double passes_per_training_image = 3;  ///< forward, gradient of the inputs, gradient of the weights

core::Cost cost_of(const core::Catalogue& catalogue, const core::Settings& settings) {
  const core::Kind* kind = core::find(catalogue, settings.kind);
  return kind ? kind->cost(settings) : core::Cost{};
}

double seconds_of_cell(const core::Cell& cell, double links, const core::Schema& schema) {
  const core::Cost perturbation = cost_of(schema.perturbations, cell.perturbation);
  const double draws = cell.noise.has("draws") ? cell.noise.number("draws") : 1;
  const double passes = (perturbation.forward + perturbation.backward) * draws;
  const double per_pass = links / rate + cost_of(schema.structures, cell.noise).per_image;
  return cell.images * (passes * per_pass + perturbation.per_image);
}

}  // namespace

void predict_costs(core::Plan& plan, const core::Schema& schema,
                   const std::function<Workload(const core::ModelSpec&)>& workload) {
  std::vector<double> links;
  for (core::ModelSpec& model : plan.models) {
    const Workload work = workload(model);
    const double epochs = model.train.has("epochs") ? model.train.number("epochs") : 1;
    model.cost = epochs * work.train_images * passes_per_training_image * work.links / rate;
    links.push_back(work.links);
  }
  for (core::Cell& cell : plan.cells) cell.cost = seconds_of_cell(cell, links[cell.model], schema);
}

}  // namespace espalier::grid
