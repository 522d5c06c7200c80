// SPDX-License-Identifier: BSD-3-Clause
#include "app/differences.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "app/experiment.hpp"
#include "app/shard.hpp"
#include "espalier/core/axes.hpp"
#include "espalier/core/error.hpp"
#include "espalier/core/precision.hpp"
#include "espalier/grid/grid.hpp"
#include "espalier/record/results_file.hpp"

namespace espalier::app {
namespace {

/// More than this is not read in one line.
constexpr std::size_t most_listed = 8;

void compare_axes(const core::Plan& before, const core::Plan& now, std::vector<std::string>& found) {
  std::map<std::string, std::pair<std::set<std::string>, std::set<std::string>>> axes;
  for (const core::AxisSummary& axis : before.axes) axes[axis.axis].first.insert(axis.values.begin(), axis.values.end());
  for (const core::AxisSummary& axis : now.axes) axes[axis.axis].second.insert(axis.values.begin(), axis.values.end());
  for (const auto& [name, values] : axes) {
    const auto& [old_values, new_values] = values;
    for (const std::string& value : new_values)
      if (!old_values.contains(value)) found.push_back(fmt::format("{}: {} is new", name, value));
    for (const std::string& value : old_values)
      if (!new_values.contains(value)) found.push_back(fmt::format("{}: {} is missing", name, value));
  }
}

void compare_settings(const std::string& section, const core::Settings& before, const core::Settings& now,
                      std::vector<std::string>& found) {
  std::set<std::string> names;
  for (const core::Settings* settings : {&before, &now})
    for (const auto& [name, value] : settings->values) names.insert(name);
  const auto text = [](const core::Settings& settings, const std::string& name) {
    return settings.values.contains(name) ? core::plain_text(settings.values.at(name)) : std::string("unset");
  };
  for (const std::string& name : names)
    if (const std::string was = text(before, name), is = text(now, name); was != is)
      found.push_back(fmt::format("{}.{}: {} -> {}", section, name, was, is));
}

/// The kinds of a plan whose results have changed since their first definition.
std::string changed_definitions(const core::Plan& plan) {
  std::map<std::string, int> changed;
  const auto see = [&](const std::string& name, const core::Settings& settings) {
    if (settings.has("definition")) changed[name] = settings.integer("definition");
  };
  for (const core::ModelSpec& model : plan.models) see("train", model.train);
  for (const core::Cell& cell : plan.cells) see(cell.perturbation->kind, cell.perturbation);
  if (changed.empty()) return "";
  std::vector<std::string> texts;
  for (const auto& [name, number] : changed) texts.push_back(fmt::format("{} (now {})", name, number));
  return fmt::format(", because the definitions of these kinds changed: {}", fmt::join(texts, ", "));
}

}  // namespace

std::string differences(const core::Plan& before, const core::Plan& now) {
  std::vector<std::string> found;
  if (before.master_seed != now.master_seed)
    found.push_back(fmt::format("master seed: {} -> {}", before.master_seed, now.master_seed));
  compare_axes(before, now, found);
  if (!before.models.empty() && !now.models.empty())
    compare_settings("train", before.models.front().train, now.models.front().train, found);
  if (!before.tails.empty() && !now.tails.empty())
    compare_settings("tail", before.tails.front().train, now.tails.front().train, found);
  if (!before.cells.empty() && !now.cells.empty())
    compare_settings("evaluate", before.cells.front().evaluate, now.cells.front().evaluate, found);
  const auto rule = [](const core::Plan& plan) { return plan.until ? core::canonical(*plan.until) : std::string("unset"); };
  if (rule(before) != rule(now)) found.push_back(fmt::format("until: {} -> {}", rule(before), rule(now)));
  if (found.empty())
    found.push_back(fmt::format("number of cells after 'exclude': {} -> {}", before.cells.size(), now.cells.size()));
  if (found.size() > most_listed) {
    const std::size_t more = found.size() - most_listed;
    found.resize(most_listed);
    found.push_back(fmt::format("{} more", more));
  }
  return fmt::format("{}", fmt::join(found, "; "));
}

void check_same_plan(const std::string& file, const core::Plan& now) {
  const std::string hash = record::plan_hash(file);
  if (hash == now.hash) return;
  const core::Plan before = grid::expand(record::grid_text(file), file, schema());
  const auto shard = hash == before.hash ? std::nullopt : find_shard(before, hash, record::summarise(file).models.all);
  if (hash != before.hash && !shard)
    throw core::UserError(
        fmt::format("{}: this version of espalier expands the grid of the file to other cells{}; use another file, and "
                    "import the results that are still valid with --reuse {}",
                    file, changed_definitions(before), file));
  const std::string part = shard ? fmt::format("part {}/{} (--shard) of ", shard->number, shard->count) : "";
  if (before.source == now.source)
    throw core::UserError(
        fmt::format("{}: holds {}the same grid, but this run computes {}; give the same --shard, or use another file", file,
                    part.empty() ? "all of " : part, part.empty() ? "only a part" : "another part or all"));
  throw core::UserError(
      fmt::format("{}: holds the results of {}another grid: {}; use another file, and import the results that both grids share "
                  "with --reuse {}",
                  file, part, differences(before, now), file));
}

}  // namespace espalier::app
