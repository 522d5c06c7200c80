// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "espalier/core/noise_results.hpp"
#include "espalier/core/noise_settings.hpp"
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
double seconds_of_draw(const core::Cost& cost, int layer, const Workload& work, bool fixed) {
  if (layer == 0) return 0;
  const auto l = static_cast<std::size_t>(layer) - 1;
  const bool above = fixed && cost.per_link > 0 && l < work.layers.size() && work.layers[l].fewer_units_above > 0;
  const double units = above ? work.layers[l].fewer_units_above : units_at(work, layer);
  return cost.per_image + units * (cost.per_unit + units * cost.per_link);
}

/// Passes of one image through a network. Everything below the noise runs once for all draws.
struct Passes {
  double below = 0, above = 0;  ///< seconds forward; backward takes as long
  double draw = 0;              ///< of the noise

  double forward(double draws) const { return below + draws * (above + draw); }
  double backward(double draws) const { return below + draws * above; }
};

/// A noise and its cost, read once for all cells that share it.
struct Noise {
  core::NoiseSettings settings;
  core::Cost cost;
};

Passes passes_of(const Noise& noise, const Workload& work) {
  if (!noise.settings.is_on()) return {.above = links_from(work, 0) / rate};
  const double above = links_from(work, static_cast<std::size_t>(noise.settings.layer)) / rate;
  return {links_from(work, 0) / rate - above, above, seconds_of_draw(noise.cost, noise.settings.layer, work, true)};
}

/// What cells share is paid by the first of them: the clean images of a network under a noise, and the corrupted images of a
/// data set and seed.
class Shared {
 public:
  explicit Shared(const core::Schema& schema) : schema_(schema) {}
  const Noise& noise_of(const core::Cell& cell) {
    const auto [found, is_new] = noises_.try_emplace(cell.noise.address());
    if (is_new) found->second = {core::read_noise(cell.noise), cost_of(schema_.structures, cell.noise)};
    return found->second;
  }
  const core::Cost& cost_of_perturbation(const core::Cell& cell) {
    const auto [found, is_new] = perturbations_.try_emplace(cell.perturbation.address());
    if (is_new) found->second = cost_of(schema_.perturbations, cell.perturbation);
    return found->second;
  }
  bool clean_is_new(const core::Cell& cell) {
    if (cell.model != model_) clean_.clear();
    model_ = cell.model;
    return clean_.emplace(cell.noise.address(), cell.tail, cell.evaluate.address()).second;
  }
  bool corrupted_is_new(const core::Cell& cell, const core::ModelSpec& model) {
    return corrupted_.emplace(cell.perturbation.address(), cell.evaluate.address(), model.seed, model.dataset).second;
  }

 private:
  const core::Schema& schema_;
  std::map<const core::Settings*, Noise> noises_;
  std::map<const core::Settings*, core::Cost> perturbations_;
  std::size_t model_ = 0;
  std::set<std::tuple<const core::Settings*, std::optional<std::size_t>, const core::Settings*>> clean_;  // of model_
  std::set<std::tuple<const core::Settings*, const core::Settings*, int, std::string>> corrupted_;
};

/// Clean and perturbed images are evaluated by as many draws as make a prediction; an attack searches by its own.
double seconds_of_cell(const core::Cell& cell, const core::ModelSpec& model, const Workload& work, const core::Schema& schema,
                       Shared& shared) {
  const core::Kind* kind = core::find(schema.perturbations, cell.perturbation->kind);
  const core::Cost& cost = shared.cost_of_perturbation(cell);
  const Noise& noise = shared.noise_of(cell);
  const bool attack = kind && kind->family == "attack", noisy = noise.settings.is_on();
  const Passes passes = passes_of(noise, work);
  const double draws = noisy ? noise.settings.draws : 1;
  const double votes = noisy ? noise.settings.certificate_draws : 0;
  double image = (attack ? 1 : cost.forward) * passes.forward(draws);
  if (shared.clean_is_new(cell)) image += passes.forward(draws) + (votes > 0 ? passes.forward(votes) : 0);
  if (const double change = seconds_to_corrupt(cost, work); change > 0 && shared.corrupted_is_new(cell, model)) image += change;
  if (attack) {
    const double search = noisy && cost.search_draws > 0 ? cost.search_draws : 1;
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
  const int layer = core::read_noise(tail.noise).layer;
  const double links = links_from(work, 0) + gradient_passes * links_from(work, static_cast<std::size_t>(layer));
  const double draw = seconds_of_draw(cost_of(schema.structures, tail.noise), layer, work, false);
  return schema.tail.cost(tail.train).forward * work.train_images * (image_seconds + links / rate + draw);
}

}  // namespace

void predict_costs(core::Plan& plan, const core::Schema& schema,
                   const std::function<Workload(const core::ModelSpec&)>& workload) {
  std::vector<Workload> works;
  for (core::ModelSpec& model : plan.models) {
    works.push_back(workload(model));
    const double epochs = schema.train.cost(model.train).forward;
    const core::Cost cost = cost_of(schema.topologies, model.topology);
    const double passes = cost.forward + cost.backward + gradient_passes;
    model.cost = epochs * works.back().train_images * (image_seconds + passes * links_from(works.back(), 0) / rate);
  }
  for (core::FitSpec& fit : plan.fits) fit.cost = seconds_of_fit(fit, works[fit.model], schema);
  for (core::TailSpec& tail : plan.tails) tail.cost = seconds_of_tail(tail, works[tail.model], schema);
  Shared shared(schema);
  for (core::Cell& cell : plan.cells)
    cell.cost = seconds_of_cell(cell, plan.models[cell.model], works[cell.model], schema, shared);
}

}  // namespace espalier::grid
