// SPDX-License-Identifier: BSD-3-Clause
#include "grid/axes.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <set>

#include "grid/values.hpp"

namespace espalier::grid {
namespace {

using core::Parameter;
using core::Type;

/// Names of data sets become folder names and HDF5 strings.
bool is_name(const std::string& text) {
  const auto allowed = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; };
  return !text.empty() && text.size() <= 64 && text.front() != '.' && std::ranges::all_of(text, allowed);
}

std::vector<std::string> read_datasets(const Node& node, Context& context) {
  std::vector<std::string> datasets;
  std::set<std::string> seen;
  for (const Node* item : as_list(node, "dataset", context)) {
    if (item->form != Node::Form::scalar || !is_name(item->text)) {
      context.problems.add(item->place,
                           fmt::format("'dataset' must be a name of letters, digits, '-', '_' and '.', given {}", given(*item)));
    } else if (!seen.insert(item->text).second) {
      context.problems.add(item->place, fmt::format("'dataset' holds {} twice (duplicate cells)", item->text));
    } else {
      datasets.push_back(item->text);
    }
  }
  return datasets;
}

/// The sparsities that any topology allows; each one's own bounds are looked at when it is known what is excluded.
Parameter sparsity_parameter(const core::Schema& schema) {
  Parameter all{.name = "sparsity"};
  all.min = std::numeric_limits<double>::infinity();
  all.max = -all.min;
  for (const core::Kind& kind : schema.topologies) {
    const Parameter* own = kind.find("sparsity");
    if (!own) continue;
    all.min = std::min(all.min, own->min);
    all.max = std::max(all.max, own->max);
  }
  return all.min <= all.max ? all : Parameter{.name = "sparsity", .min = 0, .max = 1};
}

std::vector<double> read_numbers(const Node& node, const Parameter& parameter, Context& context, std::optional<double> step) {
  std::vector<double> numbers;
  for (const core::Value& value : read_axis(node, parameter, context, step)) numbers.push_back(std::get<double>(value));
  return numbers;
}

std::vector<double> read_sparsities(const Node& grid, const std::vector<Choice>& topologies, Context& context) {
  if (const Node* node = grid.find("sparsity")) return read_numbers(*node, sparsity_parameter(context.schema), context, {});
  const auto sparse = std::ranges::find_if(topologies, [&](const Choice& c) { return is_sparse(context.schema, c.settings); });
  if (sparse != topologies.end() && !is_misspelled("sparsity", grid.keys(), axis_names()))
    context.problems.add(grid.place,
                         fmt::format("'grid' needs 'sparsity': topology '{}' has sparse layers", sparse->settings.kind));
  return {0};
}

std::vector<int> read_seeds(const Node& node, Context& context) {
  const Parameter parameter{.name = "seed", .type = Type::integer, .min = 0};
  std::vector<int> seeds;
  for (const double seed : read_numbers(node, parameter, context, 1.0)) seeds.push_back(static_cast<int>(seed));
  return seeds;
}

/// The one value of an axis that the file leaves out: kind "none".
Choice none_of(const core::Catalogue& catalogue) {
  const core::Kind* kind = core::find(catalogue, "none");
  if (!kind) return {{"none", {}}, {"none", {}}};
  std::vector<std::string> missing;
  const Values values = defaults(*kind);
  return {resolve(*kind, values, missing), {"none", values}};
}

std::vector<Choice> read_optional(const Node& grid, const ChoiceAxis& axis, Axes& axes, Context& context) {
  if (const Node* node = grid.find(axis.name)) return read_choices(*node, axis, context);
  axes.absent.push_back(axis.name);
  return {none_of(axis.catalogue)};
}

void check_keys(const Node& grid, Context& context) {
  for (const Entry& entry : grid.entries) {
    if (std::ranges::find(axis_names(), entry.key) == axis_names().end())
      context.problems.add(entry.place, fmt::format("{} is not a key of 'grid'{}", in_quotes(entry.key),
                                                    hint(entry.key, axis_names(), "its keys")));
  }
  for (const std::string name : {"dataset", "topology", "seed"}) {
    if (!grid.find(name) && !is_misspelled(name, grid.keys(), axis_names()))
      context.problems.add(grid.place, fmt::format("'grid' needs '{}'", name));
  }
}

}  // namespace

const std::vector<std::string>& axis_names() {
  static const std::vector<std::string> names{"dataset", "topology", "sparsity", "seed", "perturbation", "noise"};
  return names;
}

bool is_sparse(const core::Schema& schema, const core::Settings& topology) {
  const core::Kind* kind = core::find(schema.topologies, topology.kind);
  return kind && kind->find("sparsity");
}

Axes read_axes(const Node& grid, const Sections& sections, Context& context) {
  check_keys(grid, context);
  Axes axes;
  const auto count = [&](std::size_t values) {
    context.outer = saturating_product(context.outer, std::max<std::size_t>(values, 1));
  };
  if (const Node* node = grid.find("dataset")) axes.datasets = read_datasets(*node, context);
  count(axes.datasets.size());
  if (const Node* node = grid.find("topology"))
    axes.topologies = read_choices(*node, {"topology", "topology", "kind", sections.topologies}, context);
  count(axes.topologies.size());
  axes.sparsities = read_sparsities(grid, axes.topologies, context);
  if (!grid.find("sparsity")) axes.absent.push_back("sparsity");
  count(axes.sparsities.size());
  if (const Node* node = grid.find("seed")) axes.seeds = read_seeds(*node, context);
  count(axes.seeds.size());
  axes.perturbations = read_optional(grid, {"perturbation", "perturbation", "kind", context.schema.perturbations}, axes, context);
  count(axes.perturbations.size());
  axes.noises = read_optional(grid, {"noise", "noise structure", "structure", sections.structures}, axes, context);
  return axes;
}

}  // namespace espalier::grid
