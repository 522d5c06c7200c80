// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "espalier/core/noise_results.hpp"
#include "espalier/grid/grid.hpp"

namespace espalier::grid {
namespace {

// Seconds of one core of an AMD EPYC 9005, from the rows of small grids with one kind of work each; `run` corrects them by the
// rows that it has finished.

/// Multiply-adds per second on sparse layers.
constexpr double rate = 1.5e10;
/// Passes of a training image beside the forward ones and input gradients of its topology's cost: the gradients of the
/// activations and of the weights.
constexpr double gradient_passes = 2;
/// Of each image of an epoch beside its links: to load it, and its share of the optimiser's step.
constexpr double image_seconds = 5e-7;
/// Multiply-adds per second of the sum of a covariance, and how many times n^3 of them an eigendecomposition takes.
constexpr double dense_rate = 1.5e10, eigen_products = 12;
/// Of each cell, whatever it computes: to hand it out, to mark its start, to write its results.
constexpr double cell_seconds = 1.5e-4;

core::Cost cost_of(const core::Catalogue& catalogue, const core::Settings& settings) {
  const core::Kind* kind = core::find(catalogue, settings.kind);
  return kind ? kind->cost(settings) : core::Cost{};
}

/// Seconds to corrupt one image.
double seconds_to_corrupt(const core::Cost& cost, const Workload& work) {
  return cost.per_image + work.pixels * (cost.per_pixel + work.channels * cost.per_value);
}

/// Links of the layers from number `first` (from 0) on.
double links_from(const Workload& work, std::size_t first) {
  double links = 0;
  for (std::size_t l = first; l < work.layers.size(); ++l) links += work.layers[l].links;
  return links;
}

double units_at(const Workload& work, int layer) {
  const auto l = static_cast<std::size_t>(layer) - 1;
  return l < work.layers.size() ? work.layers[l].units : 0;
}

/// Seconds to draw the noise of one image once; with `fixed` weights correlated noise can be drawn above a convolution.
double seconds_of_draw(const core::Settings& noise, const Workload& work, const core::Schema& schema, bool fixed) {
  if (!noise.has("layer")) return 0;
  const core::Cost cost = cost_of(schema.structures, noise);
  const auto l = static_cast<std::size_t>(noise.integer("layer")) - 1;
  const bool above = fixed && cost.per_link > 0 && l < work.layers.size() && work.layers[l].fewer_units_above > 0;
  const double units = above ? work.layers[l].fewer_units_above : units_at(work, noise.integer("layer"));
  return cost.per_image + units * (cost.per_unit + units * cost.per_link);
}

/// Noise draws per pass of an attack's search: what it says, or as many as its own default, which is ten; one without noise.
double draws_of_search(const core::Cell& cell, const core::Cost& cost) {
  constexpr double usual = 10;
  if (!core::noise_is_on(cell.noise)) return 1;
  if (cost.search_draws > 0) return cost.search_draws;
  return cell.perturbation->has("eot") ? cell.perturbation->number("eot") : usual;
}

/// Passes of one image through a network. Everything below the noise runs once for all draws.
struct Passes {
  double below = 0, above = 0;  ///< seconds forward; backward takes as long
  double draw = 0;              ///< of the noise

  double forward(double draws) const { return below + draws * (above + draw); }
  double backward(double draws) const { return below + draws * above; }
};

Passes passes_of(const core::Cell& cell, const Workload& work, const core::Schema& schema) {
  if (!core::noise_is_on(cell.noise)) return {.above = links_from(work, 0) / rate};
  const double above = links_from(work, static_cast<std::size_t>(cell.noise->integer("layer"))) / rate;
  return {links_from(work, 0) / rate - above, above, seconds_of_draw(cell.noise, work, schema, true)};
}

/// What cells share is paid by the first of them: the clean images of a network under a noise, and the corrupted images of a
/// data set and seed.
class Shared {
 public:
  bool clean_is_new(const core::Cell& cell) {
    if (cell.model != model_) clean_.clear();
    model_ = cell.model;
    return clean_.emplace(cell.noise.address(), cell.tail, cell.evaluate.address()).second;
  }
  bool corrupted_is_new(const core::Cell& cell, const core::ModelSpec& model) {
    return corrupted_.emplace(cell.perturbation.address(), cell.evaluate.address(), model.seed, model.dataset).second;
  }

 private:
  std::size_t model_ = 0;
  std::set<std::tuple<const core::Settings*, std::optional<std::size_t>, const core::Settings*>> clean_;  // of model_
  std::set<std::tuple<const core::Settings*, const core::Settings*, int, std::string>> corrupted_;
};

/// Clean and perturbed images are evaluated by as many draws as make a prediction; an attack searches by its own.
double seconds_of_cell(const core::Cell& cell, const core::ModelSpec& model, const Workload& work, const core::Schema& schema,
                       Shared& shared) {
  const core::Kind* kind = core::find(schema.perturbations, cell.perturbation->kind);
  const core::Cost cost = cost_of(schema.perturbations, cell.perturbation);
  const bool attack = kind && kind->family == "attack", noisy = core::noise_is_on(cell.noise);
  const Passes passes = passes_of(cell, work, schema);
  const double draws = noisy ? cell.noise->number("draws") : 1;
  const double votes = noisy && cell.noise->has("certificate_draws") ? cell.noise->number("certificate_draws") : 0;
  double image = (attack ? 1 : cost.forward) * passes.forward(draws);
  if (shared.clean_is_new(cell)) image += passes.forward(draws) + (votes > 0 ? passes.forward(votes) : 0);
  if (const double change = seconds_to_corrupt(cost, work); change > 0 && shared.corrupted_is_new(cell, model)) image += change;
  if (attack) {
    const double search = draws_of_search(cell, cost);
    image += cost.forward * passes.forward(search) + cost.backward * passes.backward(search);
  }
  return cell_seconds + cell.images * image;
}

/// The source on its images, activations before and after, one symmetric product, one eigendecomposition unless the layer is
/// wide.
double seconds_of_fit(const core::FitSpec& fit, const Workload& work, const core::Schema& schema) {
  const core::Cost source = cost_of(schema.perturbations, fit.source);
  const double images = fit.images > 0 ? std::min<double>(fit.images, work.train_images) : work.train_images;
  const double units = units_at(work, fit.layer);
  const double pass = links_from(work, 0) / rate;
  return images *
             ((2 + source.forward + source.backward) * pass + seconds_to_corrupt(source, work) + units * units / 2 / dense_rate) +
         (units <= core::most_decomposed_units ? eigen_products * units * units * units / dense_rate : 0);
}

/// All layers forward, the tail's backward, and one draw of the noise for each image and epoch.
double seconds_of_tail(const core::TailSpec& tail, const Workload& work, const core::Schema& schema) {
  const double epochs = tail.train.has("epochs") ? tail.train.number("epochs") : 1;
  const auto first = tail.noise.has("layer") ? static_cast<std::size_t>(tail.noise.integer("layer")) : 0;
  const double links = links_from(work, 0) + gradient_passes * links_from(work, first);
  return epochs * work.train_images * (image_seconds + links / rate + seconds_of_draw(tail.noise, work, schema, false));
}

}  // namespace

void predict_costs(core::Plan& plan, const core::Schema& schema,
                   const std::function<Workload(const core::ModelSpec&)>& workload) {
  std::vector<Workload> works;
  for (core::ModelSpec& model : plan.models) {
    works.push_back(workload(model));
    const double epochs = model.train.has("epochs") ? model.train.number("epochs") : 1;
    const core::Cost cost = cost_of(schema.topologies, model.topology);
    const double passes = cost.forward + cost.backward + gradient_passes;
    model.cost = epochs * works.back().train_images * (image_seconds + passes * links_from(works.back(), 0) / rate);
  }
  for (core::FitSpec& fit : plan.fits) fit.cost = seconds_of_fit(fit, works[fit.model], schema);
  for (core::TailSpec& tail : plan.tails) tail.cost = seconds_of_tail(tail, works[tail.model], schema);
  Shared shared;
  for (core::Cell& cell : plan.cells)
    cell.cost = seconds_of_cell(cell, plan.models[cell.model], works[cell.model], schema, shared);
}

}  // namespace espalier::grid
