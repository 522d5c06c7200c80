// SPDX-License-Identifier: BSD-3-Clause
#include "record/rows/store.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include "espalier/core/error.hpp"
#include "espalier/record/lock.hpp"

namespace espalier::record {
namespace {

StoredTable open_table(const h5::Handle& file, const char* path) {
  StoredTable out{h5::Dataset(file.id(), path), {}};
  out.table = h5::table_of(out.data.type());
  return out;
}

/// A damaged number of a fixed table must not become an enormous size: the file cannot be used.
std::uint64_t fixed_number(const ConstRow& row, const char* column) {
  const auto number = row.whole(column);
  if (!number) throw std::runtime_error(fmt::format("column '{}' of a fixed table is damaged", column));
  return *number;
}

void check_extents(const Store& store) {
  std::uint64_t weights = 0, links = 0;
  for (const ModelExtent& place : store.model_extents) {
    weights = place.weight + place.weights;
    links = place.link + place.links;
    if (place.slot + place.slot_bytes > store.checkpoints.rows()) throw std::runtime_error("table /layers is damaged");
  }
  if (weights != store.weights.rows() || links != store.links.rows()) throw std::runtime_error("table /layers is damaged");
  const std::uint64_t most_classes = store.class_accuracy.dims().at(1);
  for (const CellExtent& place : store.cell_extents)
    if (place.offset + core::outcome_bytes(place.images) > store.outcomes.rows() || place.classes > most_classes)
      throw std::runtime_error("table /cells is damaged");
}

}  // namespace

std::vector<std::byte> StoredTable::read(std::uint64_t first, std::uint64_t count) const {
  std::vector<std::byte> rows(count * data.row_bytes());
  data.read(first, count, rows);
  return rows;
}

Store open_store(h5::Handle file) {
  Store store;
  store.cells = open_table(file, "/cells");
  store.results = open_table(file, "/results");
  store.models = open_table(file, "/models");
  store.epochs = open_table(file, "/epochs");
  store.noise = open_table(file, "/noise");
  store.tails = open_table(file, "/tails");
  store.runs = open_table(file, "/runs");
  store.outcomes = h5::Dataset(file.id(), "/outcomes");
  store.class_accuracy = h5::Dataset(file.id(), "/class_accuracy");
  store.degrees = h5::Dataset(file.id(), "/degrees");
  store.weights = h5::Dataset(file.id(), "/weights");
  store.links = h5::Dataset(file.id(), "/links");
  store.checkpoints = h5::Dataset(file.id(), "/checkpoints");
  store.spectra = h5::Dataset(file.id(), "/spectra");
  store.eigenvectors = h5::Dataset(file.id(), "/eigenvectors");
  store.tail_weights = h5::Dataset(file.id(), "/tail_weights");
  store.file = std::move(file);
  return store;
}

Store open_unchecked(const std::filesystem::path& path, Access access) {
  Store store = open_store(h5::open_file(path, access == Access::write));
  store.model_extents = read_model_extents(store.file);
  store.cell_extents = read_cell_extents(store.cells, store.model_extents);
  store.fit_extents = read_fit_extents(store.noise, store.spectra, store.eigenvectors);
  store.tail_extents = read_tail_extents(store.tails, store.tail_weights);
  check_extents(store);
  return store;
}

Store open_store(const std::filesystem::path& path, Access access, bool fixed_tables) {
  check_file(path, access, fixed_tables);
  try {
    Store store = open_unchecked(path, access);
    store.live = access == Access::read && is_held_elsewhere(path);
    if (access == Access::read && !store.live)
      for (h5::Dataset* dataset : store.datasets()) dataset->read_ahead();
    return store;
  } catch (const core::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw core::UserError(fmt::format("{}: is not a readable results file: {}", path.string(), error.what()));
  }
}

void close_store(Store store, const std::filesystem::path& path) {
  h5::Handle file = std::move(store.file);
  store = Store{};  // HDF5 closes no file whose datasets are open
  file.close(path.string());
}

namespace {

core::LayerShape read_shape(const ConstRow& row) {
  core::LayerShape shape{static_cast<std::uint32_t>(fixed_number(row, "inputs")),
                         static_cast<std::uint32_t>(fixed_number(row, "outputs")), fixed_number(row, "links"),
                         row.number("sparse") != 0};
  if (!row.has("filters")) return shape;
  for (const FilterColumn& column : filter_columns)
    shape.filters.*column.member = static_cast<std::uint32_t>(fixed_number(row, column.name));
  shape.activation = row.number("activation") == 1 ? core::Activation::tanh : core::Activation::relu;
  return shape;
}

}  // namespace

std::vector<ModelExtent> read_model_extents(const h5::Handle& file) {
  const StoredTable layers = open_table(file, "/layers");
  const auto rows = layers.read(0, layers.data.rows());
  std::vector<std::vector<core::LayerShape>> shapes(h5::Dataset(file.id(), "/models").rows());
  for (std::uint64_t i = 0; i < layers.data.rows(); ++i) {
    const ConstRow row = layers.at(rows, i);
    shapes.at(fixed_number(row, "model")).push_back(read_shape(row));
  }
  std::vector<ModelExtent> places = model_extents(shapes);
  if (!layers.table.has("slot_bytes")) return places;  // a file from before the slots were listed
  for (std::uint64_t i = 0; i < layers.data.rows(); ++i) {
    const ConstRow row = layers.at(rows, i);
    places.at(fixed_number(row, "model")).slot = fixed_number(row, "slot_offset");
    places.at(fixed_number(row, "model")).slot_bytes = fixed_number(row, "slot_bytes");
  }
  return places;
}

std::vector<CellExtent> read_cell_extents(const StoredTable& cells, const std::vector<ModelExtent>& models) {
  std::vector<CellExtent> places;
  places.reserve(cells.data.rows());
  each_row(cells, [&](std::size_t, const ConstRow& row) {
    places.push_back({fixed_number(row, "outcome_offset"), static_cast<std::uint32_t>(fixed_number(row, "images")),
                      classes_of(models.at(fixed_number(row, "model")))});
  });
  return places;
}

std::vector<std::byte> settled(const Store& store, const StoredTable& table, std::size_t row, Intact intact) {
  for (int tries = 1;; ++tries) {
    auto bytes = table.read(row);
    if (intact(store, row, bytes)) return bytes;
    if (!may_settle(store, tries)) return {};
  }
}

bool may_settle(const Store& store, int tries) {
  constexpr int live_tries = 20, tries_at_rest = 3;
  constexpr std::chrono::milliseconds pause(5);
  if (store.live) std::this_thread::sleep_for(pause);
  for (const h5::Dataset* dataset : store.datasets()) dataset->forget_ahead();
  return tries < (store.live ? live_tries : tries_at_rest);
}

std::vector<std::byte> blank_row(const Store& store, core::Work work, const StoredTable& table, std::size_t row) {
  const std::size_t width = table.table.width();
  if (work == core::Work::evaluate) {  // all rows of /results begin equal
    std::vector<std::byte> bytes(width);
    Row(table.table, bytes).clear();
    return bytes;
  }
  const std::vector<std::byte>& fresh = store.fresh.of(work);
  if (fresh.empty()) return table.read(row);
  const auto bytes = std::span(fresh).subspan(row * width, width);
  return {bytes.begin(), bytes.end()};
}

std::uint64_t place_in(const ConstRow& row, const char* column) {
  return row.whole(column).value_or(std::numeric_limits<std::uint64_t>::max());
}

RowState state_of(const ConstRow& row) {
  RowState out;
  const double status = row.number("status");
  out.status = status <= 4 ? static_cast<core::Status>(status) : core::Status::to_do;
  out.reason = static_cast<core::Reason>(row.number("reason"));
  out.attempt = static_cast<std::uint32_t>(row.number("attempt"));
  out.crashes = static_cast<std::uint32_t>(row.number("crashes"));
  out.run = static_cast<std::uint32_t>(row.number("run"));
  out.rank = static_cast<std::uint32_t>(row.number("rank"));
  out.message = row.text("message");
  out.seconds = row.number("seconds");
  out.written = row.number("written");
  return out;
}

void set_state(Row& row, const RowState& state) {
  row.set("status", static_cast<double>(state.status));
  row.set("reason", static_cast<double>(state.reason));
  row.set("attempt", state.attempt);
  row.set("crashes", state.crashes);
  row.set("run", state.run);
  row.set("rank", state.rank);
  row.set("message", state.message);
  row.set("seconds", state.seconds);
  row.set("written", state.written);
}

RowState next_state(const RowState& before, core::Status to, const RowOrigin& origin) {
  const bool counted = before.status == core::Status::started;  // the start itself counted this attempt
  RowState out;
  out.status = to;
  out.attempt = before.attempt + (to == core::Status::to_do || (counted && to != core::Status::started) ? 0 : 1);
  out.crashes = before.crashes;
  out.run = static_cast<std::uint32_t>(origin.run);
  out.rank = static_cast<std::uint32_t>(origin.rank);
  out.written = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  return out;
}

}  // namespace espalier::record
