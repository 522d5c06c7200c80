// SPDX-License-Identifier: BSD-3-Clause
#include "grid/until.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "espalier/core/metrics.hpp"
#include "espalier/core/precision.hpp"
#include "grid/exclusion.hpp"
#include "grid/values.hpp"

namespace espalier::grid {
namespace {

constexpr const char* key = "until";
constexpr const char* difference = "difference";

const std::vector<std::string>& keys_of_until() {
  static const std::vector<std::string> keys{"half_width", "of", "at_least", "against"};
  return keys;
}

/// The metrics that every finished cell may have, and that a mean makes sense of.
std::vector<std::string> quantities() {
  std::vector<std::string> names{difference};
  for (const core::Metric& metric : core::metrics)
    if (!metric.asked && metric.unit != "bit set") names.emplace_back(metric.name);
  return names;
}

/// The value of a key of `until`; nothing where it is missing or wrong.
std::optional<core::Value> read_key(const Node& map, const core::Parameter& parameter, Context& context) {
  const Node* node = map.find(parameter.name);
  if (node) return read_value(*node, parameter, context);
  if (!is_misspelled(parameter.name, map.keys(), keys_of_until()))
    context.problems.add(map.place, fmt::format("'{}' needs '{}': {}", key, parameter.name, allowed(parameter)));
  return std::nullopt;
}

void check_keys(const Node& map, Context& context) {
  for (const Entry& entry : map.entries)
    if (std::ranges::find(keys_of_until(), entry.key) == keys_of_until().end())
      context.problems.add(entry.place, fmt::format("{} is not a key of '{}'{}", in_quotes(entry.key), key,
                                                    hint(entry.key, keys_of_until(), "its keys")));
}

std::string text_of(const AxisValue& value, const Axis& axis) {
  const auto* choice = std::get_if<Choice>(&value);
  if (!choice) return grid::text_of(std::get<core::Value>(value));
  const auto same = [&](const AxisValue& other) { return settings_of(other).kind == choice->settings.kind; };
  return std::ranges::count_if(axis.values, same) == 1 ? choice->settings.kind : core::canonical(choice->settings);
}

/// The one value of `axis` that `against` names.
void find_value(const Rule& rule, std::size_t number, const Axis& axis, const Layout& layout, UntilRule& out, Context& context) {
  const AxisNode* node = layout.find(axis.kind.name);
  std::vector<std::size_t> accepted;
  for (std::size_t v = 0; v < axis.values.size(); ++v)
    if (accepts(rule, axis.kind.name, axis.values[v])) accepted.push_back(v);
  if (axis.kind.name == "seed" || (node && node->zipped)) {
    context.problems.add(rule.place,
                         fmt::format("'against' cannot name '{}', {}", axis.kind.name,
                                     axis.kind.name == "seed" ? "cells are compared seed by seed" : "an axis of 'zip'"));
  } else if (accepted.size() != 1) {
    context.problems.add(rule.place,
                         fmt::format("'against' must name one value of '{}' in 'grid', given one that {} of them match",
                                     axis.kind.name, accepted.size()));
  } else {
    out.against.emplace_back(number, accepted.front());
    out.until.against[axis.kind.name] = text_of(axis.values[accepted.front()], axis);
  }
}

void read_against(const Node& map, const Layout& layout, const std::vector<Axis>& axes, const std::vector<AxisKind>& kinds,
                  UntilRule& out, Context& context) {
  const Node* node = map.find("against");
  const bool compares = out.until.of == difference;
  if (compares != (node != nullptr)) {
    context.problems.add(node ? node->place : map.place,
                         compares ? "'of: difference' needs 'against': an axis value, such as {topology: static}"
                                  : fmt::format("'against' is for 'of: difference', given 'of: {}'", out.until.of));
    return;
  }
  if (!compares) return;
  const Rule rule = read_rule(*node, kinds, context, "'against'");
  for (std::size_t a = 0; a < axes.size(); ++a)
    if (rule.axes.contains(axes[a].kind.name)) find_value(rule, a, axes[a], layout, out, context);
}

}  // namespace

const Node* find_until(const Node& seeds) { return seeds.form == Node::Form::map ? seeds.find(key) : nullptr; }

Node without_until(const Node& seeds) {
  Node out = seeds;
  std::erase_if(out.entries, [](const Entry& entry) { return entry.key == key; });
  return out;
}

std::optional<UntilRule> read_until(const Layout& layout, const std::vector<Axis>& axes, const std::vector<AxisKind>& kinds,
                                    Context& context) {
  const AxisNode* seeds = layout.find("seed");
  const Node* map = seeds ? find_until(*seeds->values) : nullptr;
  if (!map) return std::nullopt;
  if (map->form != Node::Form::map || seeds->zipped) {
    context.problems.add(map->place, seeds->zipped ? "'until' cannot be in 'zip': seeds with 'until' are a separate axis"
                                                   : fmt::format("'until' must be a map such as {{half_width: 0.005, of: "
                                                                 "accuracy, at_least: 5}}, given {}",
                                                                 given(*map)));
    return std::nullopt;
  }
  check_keys(*map, context);
  const auto count = static_cast<double>(find_axis(axes, "seed").values.size());
  UntilRule out{{}, map->place};
  const auto half = read_key(*map, {.name = "half_width"}, context);
  const auto of = read_key(*map, {.name = "of", .type = core::Type::choice, .choices = quantities()}, context);
  const auto least =
      read_key(*map, {.name = "at_least", .type = core::Type::integer, .min = core::fewest_values, .max = count}, context);
  if (half && std::get<double>(*half) <= 0)
    context.problems.add(map->find("half_width")->place,
                         fmt::format("'half_width' must be a number above 0, given {}", core::canonical(*half)));
  if (!half || !of || !least) return std::nullopt;
  out.until = {std::get<double>(*half), std::get<std::string>(*of), static_cast<std::size_t>(std::get<double>(*least))};
  read_against(*map, layout, axes, kinds, out, context);
  return out;
}

}  // namespace espalier::grid
