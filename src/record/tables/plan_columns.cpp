// SPDX-License-Identifier: BSD-3-Clause
#include "record/tables/plan_columns.hpp"

namespace espalier::record {

void add_axis(Table& table, const core::AxisField& axis, std::size_t width) {
  const std::string name(axis.name), unit(axis.unit), description(axis.description);
  if (unit == "text")
    table.add({name, Type::text, unit, description, width});
  else
    table.add({name, axis.whole_numbers ? Type::i64 : Type::f64, unit, description});
}

void write_axis(Row& row, const core::AxisField& axis, const core::Value& value) {
  if (const double* number = std::get_if<double>(&value))
    row.set(axis.name, *number);
  else
    row.set(axis.name, std::get<std::string>(value));
}

void add_model_axes(Table& table, const std::vector<core::ModelSpec>& models) {
  for (const core::AxisField& axis : core::axis_fields) {
    if (axis.of_model)
      add_axis(table, axis, widest(models, [&](const auto& model) { return core::plain_text(axis.of_model(model)); }));
  }
}

void write_model_axes(Row& row, const core::ModelSpec& model) {
  for (const core::AxisField& axis : core::axis_fields)
    if (axis.of_model) write_axis(row, axis, axis.of_model(model));
}

std::set<std::string> names_of(const Table& table) {
  std::set<std::string> names;
  for (const Column& column : table.columns()) names.insert(column.name);
  return names;
}

core::Settings without(core::Settings settings, const std::set<std::string>& names) {
  std::erase_if(settings.values, [&](const auto& entry) { return names.contains(entry.first); });
  return settings;
}

}  // namespace espalier::record
