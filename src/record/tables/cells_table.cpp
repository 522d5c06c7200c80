// SPDX-License-Identifier: BSD-3-Clause
#include "record/tables/cells_table.hpp"

#include <algorithm>
#include <set>

#include "record/tables/plan_columns.hpp"
#include "record/tables/tables.hpp"

namespace espalier::record {
namespace {

double row_or_none(const std::optional<std::size_t>& row) { return row ? number(*row) : -1.0; }

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

/// Names that a parameter of a perturbation cannot take: the cells' own columns, and those of /results, so that both tables join.
std::set<std::string> taken_names() {
  std::set<std::string> taken = names_of(results_table().table);
  for (const char* name : {"id", "model", "fit", "tail", "perturbation_family", "level", "images", "outcome_offset"})
    taken.insert(name);
  for (const core::AxisField& axis : core::axis_fields) taken.insert(std::string(axis.name));
  return taken;
}

std::string family_of(const core::Plan& plan, const std::string& perturbation) {
  const auto found = plan.families.find(perturbation);
  return found == plan.families.end() ? "" : found->second;
}

Flat model_parameters(const core::ModelSpec& model, const std::set<std::string>& equal_train) {
  Flat out;
  flatten(without(model.topology, {"sparsity"}), "topology_", "topology_", {}, out);
  flatten(without(model.train, equal_train), "train_", "train_", {}, out);
  return out;
}

}  // namespace

CellsTable::CellsTable(const core::Plan& plan) : plan_(plan) {
  collect();
  add_columns();
  for (auto* list : {&models_, &tails_})
    for (Part& part : *list) resolve(part);
  for (auto* parts : {&perturbations_, &noises_, &evaluations_})
    for (auto& [settings, part] : *parts) resolve(part);
}

/// The parameters of everything that cells name.
void CellsTable::collect() {
  const std::set<std::string> taken = taken_names(), equal_train = equal_settings(plan_.models),
                              equal_tail = equal_settings(plan_.tails);
  for (const core::ModelSpec& model : plan_.models) models_.push_back({model_parameters(model, equal_train), {}});
  for (const core::TailSpec& tail : plan_.tails)
    flatten(without(tail.train, equal_tail), "tail_", "tail_", {}, tails_.emplace_back().parameters);
  for (const core::Cell& cell : plan_.cells) {
    if (const auto [part, is_new] = perturbations_.try_emplace(cell.perturbation.address()); is_new)
      flatten(without(cell.perturbation, {"level", "images"}), "", "perturbation_", taken, part->second.parameters);
    if (const auto [part, is_new] = evaluations_.try_emplace(cell.evaluate.address()); is_new)
      flatten(without(cell.evaluate, {"images"}), "evaluate_", "evaluate_", {}, part->second.parameters);
    if (const auto [part, is_new] = noises_.try_emplace(cell.noise.address()); is_new) {
      Flat& parameters = part->second.parameters;
      flatten(cell.noise, "noise_", "noise_", {}, parameters);
      if (cell.fit) parameters["noise_source_family"] = family_of(plan_, plan_.fits.at(*cell.fit).source.kind);
    }
  }
}

void CellsTable::add_columns() {
  const auto id = [](const core::Cell& cell) -> const std::string& { return cell.id; };
  const auto kind = [](const auto& part) { return part.first->kind; };
  table_.add({"id", Type::text, "text", "hash of the cell's content", widest(plan_.cells, id)});
  table_.add({"model", Type::i64, "row of /models", "the trained network"});
  table_.add({"fit", Type::i64, "row of /noise", "the fitted noise; -1: none"});
  table_.add({"tail", Type::i64, "1", "the retrained tail; -1: none"});
  add_model_axes(table_, plan_.models);
  for (const core::AxisField& axis : core::axis_fields) {
    if (!axis.of_cell) continue;
    const bool perturbs = axis.name == "perturbation";
    add_axis(table_, axis, widest(perturbs ? perturbations_ : noises_, kind));
    if (!perturbs) continue;
    table_.add({"perturbation_family", Type::text, "text", "damage, attack, input (corruption) or none",
                widest(plan_.families, [](const auto& family) { return family.second; })});
    table_.add({"level", Type::f64, "of its kind", "level of the perturbation; NaN where it has none"});
  }
  table_.add({"images", Type::i64, "images", "test images to evaluate"});
  table_.add(
      {"outcome_offset", Type::i64, "bytes of /outcomes", "first byte; bit i%8 of byte i/8 is 1 where image i is correct"});
  ParameterColumns columns;
  for (const auto* list : {&models_, &tails_})
    for (const Part& part : *list) columns.see(part.parameters);
  for (const auto* parts : {&perturbations_, &noises_, &evaluations_})
    for (const auto& [settings, part] : *parts) columns.see(part.parameters);
  columns.add_to(table_);
}

/// Finds the columns of a part once for all rows that share it.
void CellsTable::resolve(Part& part) const {
  for (const auto& [name, value] : part.parameters) {
    const Column& column = table_.at(name);
    const auto number = static_cast<std::size_t>(&column - table_.columns().data());
    part.columns.emplace_back(number, column.type == Type::text ? Plain(as_text(value)) : value);
  }
}

void CellsTable::write(Row& row, const Part& part) const {
  for (const auto& [number, value] : part.columns)
    std::visit([&, &column = table_.columns()[number]](const auto& own) { row.set(column, own); }, value);
}

void CellsTable::write(Row& row, const core::Cell& cell) const {
  row.set("id", cell.id);
  row.set("model", number(cell.model));
  row.set("fit", row_or_none(cell.fit));
  row.set("tail", row_or_none(cell.tail));
  for (const core::AxisField& axis : core::axis_fields) write_axis(row, axis, core::value_of(axis, plan_, cell));
  row.set("perturbation_family", family_of(plan_, cell.perturbation->kind));
  const auto level = cell.perturbation->values.find("level");
  if (level != cell.perturbation->values.end() && std::holds_alternative<double>(level->second))
    row.set("level", std::get<double>(level->second));
  row.set("images", cell.images);
  row.set("outcome_offset", number(cell.outcome_offset));
  write(row, models_[cell.model]);
  if (cell.tail) write(row, tails_[*cell.tail]);
  write(row, perturbations_.at(cell.perturbation.address()));
  write(row, noises_.at(cell.noise.address()));
  write(row, evaluations_.at(cell.evaluate.address()));
}

std::vector<std::byte> CellsTable::rows(std::size_t first, std::size_t count) const {
  std::vector<std::byte> bytes(count * table_.width());
  for (std::size_t i = 0; i < count; ++i) {
    Row row(table_, std::span(bytes).subspan(i * table_.width(), table_.width()));
    row.clear();
    write(row, plan_.cells[first + i]);
  }
  return bytes;
}

}  // namespace espalier::record
