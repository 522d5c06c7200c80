// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/core/axes.hpp"

#include <algorithm>

namespace espalier::core {
namespace {

std::optional<Value> find_value(const Settings& settings, std::string_view name) {
  const auto found = settings.values.find(std::string(name));
  return found == settings.values.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

Value value_of(const AxisField& axis, const Plan& plan, const Cell& cell) {
  return axis.of_model ? axis.of_model(plan.models[cell.model]) : axis.of_cell(cell);
}

std::optional<Value> value_of(std::string_view key, const Plan& plan, const Cell& cell) {
  const auto axis = std::ranges::find(axis_fields, key, &AxisField::name);
  if (axis != axis_fields.end()) return value_of(*axis, plan, cell);
  constexpr std::string_view train = "train.", tail = "tail.";
  if (key.starts_with(train)) return find_value(plan.models[cell.model].train, key.substr(train.size()));
  if (key.starts_with(tail)) return cell.tail ? find_value(plan.tails[*cell.tail].train, key.substr(tail.size())) : std::nullopt;
  const auto own = find_value(cell.perturbation, key);
  return own ? own : find_value(cell.noise, key);
}

std::string plain_text(const Value& value) {
  const std::string* text = std::get_if<std::string>(&value);
  return text ? *text : canonical(value);
}

}  // namespace espalier::core
