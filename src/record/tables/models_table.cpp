// SPDX-License-Identifier: BSD-3-Clause
// The table /models.

#include <algorithm>
#include <set>

#include "record/tables/parameters.hpp"
#include "record/tables/plan_columns.hpp"
#include "record/tables/tables.hpp"

namespace espalier::record {
namespace {

Flat model_parameters(const core::ModelSpec& model, const std::set<std::string>& taken) {
  Flat out;
  flatten(without(model.topology, {"sparsity"}), "", "topology_", taken, out);
  std::set<std::string> taken_by_now = taken;
  for (const auto& [name, value] : out) taken_by_now.insert(name);
  flatten(model.train, "", "train_", taken_by_now, out);
  return out;
}

Table fixed_model_columns(const core::Plan& plan, const std::vector<ModelExtent>& places) {
  Table table;
  table.add({"id", Type::text, "text", "hash of the model's content", widest(plan.models, [](auto& m) { return m.id; })});
  add_model_axes(table, plan.models);
  add_state(table);
  add_fields(table, core::model_fields);
  table.add({"epochs_done", Type::i64, "epochs", "number of completed epochs"});
  table.add({"weight_offset", Type::i64, "elements of /weights", "first number of the model"});
  table.add({"link_offset", Type::i64, "elements of /links", "first number of the model"});
  table.add({"layers", Type::i64, "1", "layers with links"});
  std::size_t layers = 0;
  for (const ModelExtent& place : places) layers = std::max(layers, place.layers.size());
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

FilledTable models_table(const core::Plan& plan, const std::vector<ModelExtent>& places) {
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
