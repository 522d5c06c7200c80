// SPDX-License-Identifier: BSD-3-Clause
#include "app/experiment.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "app/selection.hpp"
#include "app/shard.hpp"
#include "app/subset.hpp"
#include "espalier/core/error.hpp"
#include "espalier/core/evaluate_settings.hpp"
#include "espalier/core/noise_settings.hpp"
#include "espalier/grid/grid.hpp"
#include "espalier/noise/structure.hpp"
#include "espalier/record/results_file.hpp"
#include "espalier/robust/perturbation.hpp"
#include "espalier/train/topology.hpp"
#include "espalier/train/trainer.hpp"

namespace espalier::app {
namespace {

/// "0, 3 to 7, 9" for ascending numbers.
std::string ranges_text(const std::vector<int>& numbers) {
  std::string text;
  for (std::size_t first = 0; first < numbers.size();) {
    std::size_t last = first;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    text += (text.empty() ? "" : ", ") + std::to_string(numbers[first]);
    if (last > first) text += " to " + std::to_string(numbers[last]);
    first = last + 1;
  }
  return text;
}

std::vector<core::LayerShape> shapes_of(const core::ModelSpec& spec, const data::DatasetShape& images, const std::string& grid) {
  try {
    return train::layer_shapes(spec, images);
  } catch (const core::UserError& error) {
    throw core::UserError(fmt::format("{}: data set '{}': {}", grid, spec.dataset, error.what()));
  }
}

record::Layout layout_of(const Experiment& experiment, const std::string& grid) {
  record::Layout layout;
  for (const core::ModelSpec& spec : experiment.plan.models) {
    const data::DatasetShape& shape = experiment.shapes.at(spec.dataset);
    layout.models.push_back(shapes_of(spec, shape, grid));
    layout.epochs = std::max(layout.epochs, static_cast<std::uint32_t>(train::epochs(spec.train)));
    layout.classes = std::max(layout.classes, static_cast<std::uint32_t>(shape.classes));
  }
  return layout;
}

/// A grid may ask for more test images than a data set has: then all of them are used.
void bound_images(Experiment& experiment) {
  std::uint64_t offset = 0;
  for (core::Cell& cell : experiment.plan.cells) {
    cell.images = std::min(cell.images, experiment.shapes.at(experiment.plan.models[cell.model].dataset).test_images);
    cell.outcome_offset = offset;
    offset += core::outcome_bytes(cell.images);
  }
}

void check_noise_layers(const Experiment& experiment, const std::string& grid) {
  for (const core::Cell& cell : experiment.plan.cells) {
    const auto layer = static_cast<std::size_t>(core::read_noise(cell.noise).layer);
    const std::size_t hidden = experiment.layout.models[cell.model].size() - 1;
    if (layer > hidden)
      throw core::UserError(
          fmt::format("{}: noise '{}' at layer {}: the network has hidden layers 1 to {}; change 'layer' or "
                      "the network",
                      grid, cell.noise->kind, layer, hidden));
  }
}

/// Perturbations that need more classes or grey images, in cells and as sources of noise.
void check_perturbations(const Experiment& experiment, const std::string& grid) {
  const core::Catalogue catalogue = robust::catalogue();
  const auto check = [&](const core::Settings& perturbation, std::size_t model) {
    const core::Kind* kind = core::find(catalogue, perturbation.kind);
    const std::string& dataset = experiment.plan.models[model].dataset;
    const data::DatasetShape& shape = experiment.shapes.at(dataset);
    if (kind == nullptr) return;
    if (shape.channels > 1 && kind->grey_only(perturbation))
      throw core::UserError(
          fmt::format("{}: {} is defined for grey images only, data set '{}' has {} channels; leave it out, or use "
                      "'exclude'",
                      grid, core::canonical(perturbation), dataset, shape.channels));
    if (shape.classes < kind->least_classes(perturbation))
      throw core::UserError(fmt::format("{}: {} needs at least {} classes, data set '{}' has {}; choose another loss or data set",
                                        grid, core::canonical(perturbation), kind->least_classes(perturbation), dataset,
                                        shape.classes));
  };
  for (const core::FitSpec& fit : experiment.plan.fits) check(fit.source, fit.model);
  for (const core::Cell& cell : experiment.plan.cells) check(cell.perturbation, cell.model);
}

/// The share of missing links in a model's sparse layers, where it is not the one that its grid states.
std::string sparsity_remark(const core::ModelSpec& model, const std::vector<core::LayerShape>& layers) {
  constexpr double rounding = 0.005;
  double links = 0, places = 0;
  for (const core::LayerShape& layer : layers)
    if (layer.sparse) {
      links += static_cast<double>(layer.links);
      places += 1.0 * layer.inputs * layer.outputs;
    }
  if (places == 0 || std::abs(1 - links / places - model.sparsity) < rounding) return "";
  return fmt::format("topology '{}' at sparsity {}: the sparse layers together have a sparsity of {:.3f}", model.topology.kind,
                     core::canonical(model.sparsity), 1 - links / places);
}

/// Warnings about settings and data that are allowed but most likely a mistake.
void add_warnings(Experiment& experiment) {
  const core::Catalogue catalogue = robust::catalogue();
  std::set<std::string> remarks;
  for (std::size_t m = 0; m < experiment.plan.models.size(); ++m)
    remarks.insert(sparsity_remark(experiment.plan.models[m], experiment.layout.models[m]));
  for (const core::Cell& cell : experiment.plan.cells)
    if (const core::Kind* kind = core::find(catalogue, cell.perturbation->kind)) remarks.insert(kind->advice(cell.perturbation));
  for (const auto& [name, shape] : experiment.shapes)
    if (!shape.unseen.empty())
      remarks.insert(fmt::format("data set '{}': no training image has {} {}; check for wrong labels, or labels that start at 1",
                                 name, shape.unseen.size() == 1 ? "label" : "the labels", ranges_text(shape.unseen)));
  remarks.erase("");
  experiment.warnings.assign(remarks.begin(), remarks.end());
}

grid::Workload workload(const Experiment& experiment, const core::ModelSpec& spec) {
  // Dense products and convolutions run at several times the rate of sparse products per link.
  constexpr double dense_weight = 0.25, convolution_weight = 0.36;
  const auto model = static_cast<std::size_t>(&spec - experiment.plan.models.data());
  const data::DatasetShape& images = experiment.shapes.at(spec.dataset);
  grid::Workload work{.train_images = static_cast<double>(images.train_images),
                      .pixels = 1.0 * images.height * images.width,
                      .channels = 1.0 * images.channels,
                      .layers = {}};
  for (const core::LayerShape& layer : experiment.layout.models[model]) {
    const double weight = layer.is_convolution() ? convolution_weight : layer.sparse ? 1 : dense_weight;
    const double unpooled = 1.0 * layer.filters.count * layer.filters.rows() * layer.filters.columns();
    if (!work.layers.empty() && layer.is_convolution() && unpooled < work.layers.back().units)
      work.layers.back().fewer_units_above = unpooled;
    work.layers.push_back({weight * static_cast<double>(layer.products()), 1.0 * layer.outputs});
  }
  return work;
}

/// A training that is over sooner than this (s) is begun again when it was cut short; a longer one keeps its state in the file.
constexpr double worth_keeping = 5;

void add_checkpoints(Experiment& experiment) {
  for (std::size_t m = 0; m < experiment.plan.models.size(); ++m) {
    const core::ModelSpec& spec = experiment.plan.models[m];
    const bool keeps = spec.cost >= worth_keeping && train::epochs(spec.train) > 1;
    experiment.layout.checkpoints.push_back(keeps ? train::checkpoint_bytes(spec, experiment.layout.models[m]) : 0);
  }
}

/// Where the data set is and what it looks like. A data set that cannot be used is reported with its place in the grid file.
data::DatasetShape describe(const Experiment& experiment, const std::string& dataset) {
  try {
    return data::describe(dataset, experiment.roots);
  } catch (const core::UserError& error) {
    throw core::UserError(fmt::format("{}: {}", experiment.plan.dataset_places.at(dataset), error.what()));
  }
}

/// Adds what the plan does not say: the shapes of data sets and layers, the costs.
Experiment complete(core::Plan plan, const std::string& grid, const Options& options) {
  Experiment experiment;
  experiment.plan = std::move(plan);
  experiment.roots = data::data_roots(options.data, std::getenv("ESPALIER_DATA"));
  for (const core::ModelSpec& spec : experiment.plan.models)
    if (!experiment.shapes.contains(spec.dataset)) experiment.shapes[spec.dataset] = describe(experiment, spec.dataset);
  bound_images(experiment);
  experiment.layout = layout_of(experiment, grid);
  check_noise_layers(experiment, grid);
  check_perturbations(experiment, grid);
  add_warnings(experiment);
  grid::predict_costs(experiment.plan, schema(), [&](const core::ModelSpec& spec) { return workload(experiment, spec); });
  add_checkpoints(experiment);
  return experiment;
}

/// The plan of the grid file, or of the part that `--shard` names.
core::Plan read_plan(const Options& options) {
  core::Plan plan = grid::read(options.grid, schema());
  if (!options.shard.empty()) plan = part_of(plan, parse_shard(options.shard));
  return plan;
}

}  // namespace

core::Schema schema() {
  return {train::topologies(),     robust::catalogue(),       noise::structures(),
          train::train_settings(), core::evaluate_settings(), train::tail_settings()};
}

data::Dataset load(const Experiment& experiment, const std::string& name) {
  return data::load(name, experiment.roots, data::cache_folder(std::getenv("XDG_CACHE_HOME"), std::getenv("HOME")));
}

std::string content_of(const Experiment& experiment) {
  std::string text;
  for (const auto& [name, shape] : experiment.shapes)
    text += (text.empty() ? "" : " ") + name + "=" + load(experiment, name).sha256;
  return text;
}

Experiment prepare(const Options& options) { return complete(read_plan(options), options.grid, options); }

Experiment prepare_selected(const Options& options) {
  core::Plan plan = read_plan(options);
  if (!options.only.empty()) {
    const Selection selection(options.only, plan);
    core::Plan part = subset_of(plan, [&](const core::Cell& cell) { return selection.contains(cell); });
    if (part.cells.empty()) throw core::UserError("--only: no cell of this grid matches all conditions");
    part.remarks.push_back(fmt::format("--only selects {} of {} cells", part.cells.size(), plan.cells.size()));
    plan = std::move(part);
  }
  return complete(std::move(plan), options.grid, options);
}

Experiment prepare_whole(const std::string& file, const Options& options) {
  return complete(grid::expand(record::grid_text(file), file, schema()), file, options);
}

core::Plan plan_of_file(const std::string& file) {
  core::Plan plan = grid::expand(record::grid_text(file), file, schema());
  const std::string hash = record::plan_hash(file);
  if (hash == plan.hash) return plan;
  const auto shard = find_shard(plan, hash, record::summarise(file).models.all);
  if (!shard)
    throw core::UserError(
        fmt::format("{}: this version of espalier expands the grid of the file to another plan; use the version that wrote the "
                    "file (see espalier "
                    "status)",
                    file));
  return part_of(plan, *shard);
}

Experiment prepare_again(const std::string& file, const Options& options) { return complete(plan_of_file(file), file, options); }

}  // namespace espalier::app
