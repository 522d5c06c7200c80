// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The columns of every table of the file, in one place.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "espalier/core/noise_results.hpp"
#include "espalier/core/plan.hpp"
#include "espalier/record/schema.hpp"
#include "record/table.hpp"

namespace espalier::record {

inline constexpr std::size_t message_width = 96;

/// Where one layer's numbers are: elements from the start of /weights (weight, bias) and /links (start, target).
struct LayerExtent {
  core::LayerShape shape;
  std::uint64_t weight = 0, weights = 0, bias = 0, start = 0, target = 0;
};

/// Where one model's numbers are; they lie together: one range of /weights, one of /links.
struct ModelExtent {
  std::vector<LayerExtent> layers;
  std::uint64_t weight = 0, weights = 0, link = 0, links = 0;
  std::uint64_t slot = 0, slot_bytes = 0;  ///< bytes of /checkpoints
};

/// One number of the geometry of a convolution: a column of /layers, which an older file may lack.
struct FilterColumn {
  const char* name;
  const char* unit;
  const char* description;
  std::uint32_t core::Filters::*member;
};
inline constexpr std::array filter_columns{
    FilterColumn{"filters", "1", "filters of a convolution (stride 1), the channels of its outputs; 0: no convolution",
                 &core::Filters::count},
    FilterColumn{"channels", "1", "channels of its inputs", &core::Filters::channels},
    FilterColumn{"height", "pixels", "of its inputs", &core::Filters::height},
    FilterColumn{"width", "pixels", "of its inputs", &core::Filters::width},
    FilterColumn{"kernel", "pixels", "side of its filters", &core::Filters::kernel},
    FilterColumn{"padding", "pixels", "zeros on each side of its inputs", &core::Filters::padding},
    FilterColumn{"pool", "pixels", "side of the squares of max pooling behind it; 1: none", &core::Filters::pool},
};

std::vector<ModelExtent> model_extents(const std::vector<std::vector<core::LayerShape>>& models);

/// A slot of /checkpoints begins with this, then come the bytes of the state.
struct SlotHead {
  std::uint64_t bytes = 0;
  std::uint32_t crc = 0, unused = 0;
};

/// Gives the models their slots; returns the bytes of all of them.
std::uint64_t place_slots(const std::vector<std::uint64_t>& checkpoints, std::vector<ModelExtent>& places);

/// Where a cell's outcomes are: bytes from the start of /outcomes; and how many classes its data set has. The row of
/// /class_accuracy may be longer: it has as many as the data set of the file that has most.
struct CellExtent {
  std::uint64_t offset = 0;
  std::uint32_t images = 0;
  std::uint32_t classes = 0;
};

std::vector<CellExtent> cell_extents(const core::Plan& plan, const std::vector<ModelExtent>& models);
/// Units of the output layer.
std::uint32_t classes_of(const ModelExtent& model);

/// A table with the bytes of its first rows.
struct FilledTable {
  Table table;
  std::vector<std::byte> rows;
  Row row(std::size_t i) { return {table, std::span(rows).subspan(i * table.width(), table.width())}; }
  void resize(std::size_t count) { rows.resize(count * table.width()); }
};

/// The columns that every row with a status begins with (status, reason, attempt, run, rank) and ends with (seconds, message,
/// crc).
void add_state(Table& table);
void add_end(Table& table, const char* covered);

/// One column per field of a result.
template <typename Fields>
void add_fields(Table& table, const Fields& fields) {
  for (const auto& field : fields)
    table.add({std::string(field.name), field.whole() ? Type::i64 : Type::f64, std::string(field.unit),
               std::string(field.description)});
}

template <typename Fields, typename Result>
void set_fields(Row& row, const Fields& fields, const Result& result) {
  for (const auto& field : fields) row.set(field.name, field.of(result));
}

/// A field without a column, in an older file, keeps its default.
template <typename Fields, typename Result>
void read_fields(const ConstRow& row, const Fields& fields, Result& result) {
  for (const auto& field : fields)
    if (row.has(field.name)) field.set(result, row.number(field.name));
}

FilledTable models_table(const core::Plan& plan, const std::vector<ModelExtent>& places);
FilledTable layers_table(const std::vector<ModelExtent>& places);
/// One row, as every row of /results, /runs and /notes starts.
FilledTable results_table();
FilledTable runs_table();
FilledTable notes_table();
Table epochs_table();

/// Sparse layers that /degrees has room for: those of the model that has most, at least 1.
std::size_t sparse_layers(const Layout& layout);

}  // namespace espalier::record
