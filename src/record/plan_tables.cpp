// SPDX-License-Identifier: BSD-3-Clause
// The tables whose columns depend on the plan.

#include <algorithm>
#include <set>

#include "espalier/core/axes.hpp"
#include "record/parameters.hpp"
#include "record/tables.hpp"

namespace espalier::record {
namespace {

double number(std::uint64_t x) { return static_cast<double>(x); }
double row_or_none(const std::optional<std::size_t>& row) { return row ? number(*row) : -1.0; }

template <typename Rows, typename Text>
std::size_t widest(const Rows& rows, Text text) {
  std::size_t width = 1;
  for (const auto& row : rows) width = std::max(width, text(row).size());
  return width;
}

std::set<std::string> names_of(const Table& table) {
  std::set<std::string> names;
  for (const Column& column : table.columns()) names.insert(column.name);
  return names;
}

/// Adds the column of an axis; `values` are those of all rows.
template <typename Rows, typename Of>
void add_axis(Table& table, const core::AxisField& axis, const Rows& rows, Of of) {
  const std::string name(axis.name), unit(axis.unit), description(axis.description);
  if (unit == "text")
    table.add({name, Type::text, unit, description, widest(rows, [&](const auto& row) { return core::plain_text(of(row)); })});
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
  for (const core::AxisField& axis : core::axis_fields)
    if (axis.of_model) add_axis(table, axis, models, axis.of_model);
}

void write_model_axes(Row& row, const core::ModelSpec& model) {
  for (const core::AxisField& axis : core::axis_fields)
    if (axis.of_model) write_axis(row, axis, axis.of_model(model));
}

Table fixed_cell_columns(const core::Plan& plan) {
  Table table;
  table.add({"id", Type::text, "text", "hash of the cell's content", widest(plan.cells, [](auto& c) { return c.id; })});
  table.add({"model", Type::i64, "row of /models", "the trained network"});
  table.add({"fit", Type::i64, "row of /noise", "the fitted noise; -1: none"});
  table.add({"tail", Type::i64, "1", "the retrained tail; -1: none"});
  add_model_axes(table, plan.models);
  for (const core::AxisField& axis : core::axis_fields) {
    if (!axis.of_cell) continue;
    add_axis(table, axis, plan.cells, axis.of_cell);
    if (axis.name == "perturbation")
      table.add({"level", Type::f64, "of its kind", "level of the perturbation; NaN where it has none"});
  }
  table.add({"images", Type::i64, "images", "test images to evaluate"});
  table.add({"outcome_offset", Type::i64, "bytes of /outcomes", "first byte; bit i%8 of byte i/8 is 1 where image i is correct"});
  return table;
}

/// Names a perturbation's parameter may not take: the cells' own columns, and those of /results, so that the two tables join.
std::set<std::string> taken_in_cells(const Table& fixed) {
  std::set<std::string> taken = names_of(fixed);
  taken.merge(names_of(results_table().table));
  return taken;
}

/// The settings that are equal in all rows. Those of `train` and `tail` that are not are axes of the grid: cells show them.
template <typename Rows>
std::set<std::string> equal_settings(const Rows& rows) {
  std::set<std::string> equal;
  if (rows.empty()) return equal;
  for (const auto& [name, value] : rows.front().train.values)
    if (std::ranges::all_of(rows, [&](const auto& row) {
          const auto found = row.train.values.find(name);
          return found != row.train.values.end() && found->second == value;
        }))
      equal.insert(name);
  return equal;
}

/// What the parameter columns of /cells need to know of the plan.
struct CellColumns {
  const core::Plan& plan;
  std::set<std::string> taken;
  std::set<std::string> equal_train;
  std::set<std::string> equal_tail;
};

core::Settings without(core::Settings settings, const std::set<std::string>& names) {
  std::erase_if(settings.values, [&](const auto& entry) { return names.contains(entry.first); });
  return settings;
}

Flat cell_parameters(const core::Cell& cell, const CellColumns& columns) {
  const core::ModelSpec& model = columns.plan.models.at(cell.model);
  Flat out;
  flatten(without(model.topology, {"sparsity"}), "topology_", "topology_", {}, out);
  flatten(without(model.train, columns.equal_train), "train_", "train_", {}, out);
  flatten(without(cell.perturbation, {"level", "images"}), "", "perturbation_", columns.taken, out);
  flatten(cell.noise, "noise_", "noise_", {}, out);
  if (cell.tail) flatten(without(columns.plan.tails.at(*cell.tail).train, columns.equal_tail), "tail_", "tail_", {}, out);
  flatten(without(cell.evaluate, {"images"}), "evaluate_", "evaluate_", {}, out);
  return out;
}

void write_cell_row(Row& row, const core::Cell& cell, const core::ModelSpec& model) {
  row.set("id", cell.id);
  row.set("model", number(cell.model));
  row.set("fit", row_or_none(cell.fit));
  row.set("tail", row_or_none(cell.tail));
  write_model_axes(row, model);
  for (const core::AxisField& axis : core::axis_fields)
    if (axis.of_cell) write_axis(row, axis, axis.of_cell(cell));
  const auto level = cell.perturbation->values.find("level");
  if (level != cell.perturbation->values.end() && std::holds_alternative<double>(level->second))
    row.set("level", std::get<double>(level->second));
  row.set("images", cell.images);
  row.set("outcome_offset", number(cell.outcome_offset));
}

Flat model_parameters(const core::ModelSpec& model, const std::set<std::string>& taken) {
  Flat out;
  flatten(without(model.topology, {"sparsity"}), "", "topology_", taken, out);
  std::set<std::string> taken_by_now = taken;
  for (const auto& [name, value] : out) taken_by_now.insert(name);
  flatten(model.train, "", "train_", taken_by_now, out);
  return out;
}

Table fixed_model_columns(const core::Plan& plan, const std::vector<ModelPlace>& places) {
  Table table;
  table.add({"id", Type::text, "text", "hash of the model's content", widest(plan.models, [](auto& m) { return m.id; })});
  add_model_axes(table, plan.models);
  add_state(table);
  table.add({"test_accuracy", Type::f64, "share", "accuracy on the test images after training"});
  table.add({"test_loss", Type::f64, "nat", "mean cross-entropy on the test images after training"});
  table.add({"epochs_done", Type::i64, "epochs", "number of completed epochs"});
  table.add({"input_mean", Type::f64, "pixel value", "fixed first layer: (x - input_mean) / input_sd"});
  table.add({"input_sd", Type::f64, "pixel value", "fixed first layer: (x - input_mean) / input_sd"});
  table.add({"weight_offset", Type::i64, "elements of /weights", "first number of the model"});
  table.add({"link_offset", Type::i64, "elements of /links", "first number of the model"});
  table.add({"layers", Type::i64, "1", "layers with links"});
  std::size_t layers = 0;
  for (const ModelPlace& place : places) layers = std::max(layers, place.layers.size());
  for (std::size_t i = 1; i <= layers; ++i)
    table.add(
        {"links_live_" + std::to_string(i), Type::i64, "links", "links of layer " + std::to_string(i) + "; -1: no such layer"});
  return table;
}

std::set<std::string> taken_in_models(const Table& fixed) {
  std::set<std::string> taken = names_of(fixed);
  taken.insert({"seconds", "written", "message", "crc"});
  return taken;
}

}  // namespace

FilledTable cells_table(const core::Plan& plan) {
  FilledTable out{fixed_cell_columns(plan), {}};
  const CellColumns known{plan, taken_in_cells(out.table), equal_settings(plan.models), equal_settings(plan.tails)};
  const auto parameters = [&](const core::Cell& cell) { return cell_parameters(cell, known); };
  ParameterColumns columns;
  for (const core::Cell& cell : plan.cells) columns.see(parameters(cell));
  columns.add_to(out.table);
  out.resize(plan.cells.size());
  for (std::size_t i = 0; i < plan.cells.size(); ++i) {
    Row row = out.row(i);
    row.clear();
    write_cell_row(row, plan.cells[i], plan.models.at(plan.cells[i].model));
    columns.write(parameters(plan.cells[i]), row);
  }
  return out;
}

FilledTable models_table(const core::Plan& plan, const std::vector<ModelPlace>& places) {
  FilledTable out{fixed_model_columns(plan, places), {}};
  const auto taken = taken_in_models(out.table);
  ParameterColumns columns;
  for (const core::ModelSpec& model : plan.models) columns.see(model_parameters(model, taken));
  columns.add_to(out.table);
  add_end(out.table,
          "when done: its rows of /epochs and /degrees, its range of /weights and of /links, then this row without crc; when "
          "failed: its rows of /epochs and /degrees, then this row; else this row");
  out.resize(plan.models.size());
  for (std::size_t i = 0; i < plan.models.size(); ++i) {
    Row row = out.row(i);
    row.clear();
    row.set("id", plan.models[i].id);
    write_model_axes(row, plan.models[i]);
    row.set("weight_offset", number(places.at(i).weight));
    row.set("link_offset", number(places.at(i).link));
    row.set("layers", number(places.at(i).layers.size()));
    for (const Column& column : out.table.columns())
      if (column.name.starts_with("links_live_")) row.set(column.name, -1);
    columns.write(model_parameters(plan.models[i], taken), row);
    row.seal(0);
  }
  return out;
}

}  // namespace espalier::record
