// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The open datasets of a results file, and its rows as values. Serves the serial reader and the parallel writer alike.

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "espalier/core/rows.hpp"
#include "record/file/header.hpp"
#include "record/hdf5/hdf5.hpp"
#include "record/tables/tables.hpp"

namespace espalier::record {

/// A dataset that is a table.
struct StoredTable {
  h5::Dataset data;
  Table table;
  std::vector<std::byte> read(std::uint64_t first, std::uint64_t count) const;
  std::vector<std::byte> read(std::uint64_t row) const { return read(row, 1); }
  ConstRow at(const std::vector<std::byte>& rows, std::size_t i) const {
    return {table, std::span(rows).subspan(i * table.width(), table.width())};
  }
};

/// Calls use(number, row) for every row, read in blocks.
template <typename Use>
void each_row(const StoredTable& table, Use use) {
  constexpr std::uint64_t block_rows = 4096;
  const std::uint64_t count = table.data.rows();
  for (std::uint64_t first = 0; first < count; first += block_rows) {
    const std::uint64_t in_block = std::min(block_rows, count - first);
    const auto block = table.read(first, in_block);
    for (std::uint64_t i = 0; i < in_block; ++i) use(static_cast<std::size_t>(first + i), table.at(block, i));
  }
}

struct Store {
  h5::Handle file;
  bool live = false;  ///< another run held the file when it was opened for reading: rows may change between two reads
  StoredTable cells, results, models, epochs, noise, tails, runs;
  h5::Dataset outcomes, class_accuracy, degrees, weights, links, checkpoints;
  h5::Dataset spectra, eigenvectors, tail_weights;
  std::vector<ModelExtent> model_extents;
  std::vector<CellExtent> cell_extents;
  std::vector<FitExtent> fit_extents;
  std::vector<TailExtent> tail_extents;
  core::PerTable<std::vector<std::byte>> fresh{};  ///< rows as they were at creation; empty: the file's own are kept

  /// All datasets of `s`, a Store or a constant one.
  template <typename Self>
  static auto list(Self& s) {
    return std::vector{&s.cells.data,  &s.results.data, &s.models.data,    &s.epochs.data, &s.noise.data, &s.tails.data,
                       &s.runs.data,   &s.outcomes,     &s.class_accuracy, &s.degrees,     &s.weights,    &s.links,
                       &s.checkpoints, &s.spectra,      &s.eigenvectors,   &s.tail_weights};
  }
  std::vector<h5::Dataset*> datasets() { return list(*this); }
  std::vector<const h5::Dataset*> datasets() const { return list(*this); }
};

/// Opens for reading, or for writing by one process, after check_file().
Store open_store(const std::filesystem::path& path, Access access = Access::read, bool fixed_tables = false);
/// The same without check_file(). Throws std::runtime_error for a file that is not as espalier writes it.
Store open_unchecked(const std::filesystem::path& path, Access access);
/// Opens what `file` holds; the places are left to the caller.
Store open_store(h5::Handle file);
std::vector<ModelExtent> read_model_extents(const h5::Handle& file);
std::vector<CellExtent> read_cell_extents(const StoredTable& cells, const std::vector<ModelExtent>& models);
std::vector<FitExtent> read_fit_extents(const StoredTable& noise, const h5::Dataset& spectra, const h5::Dataset& eigenvectors);
std::vector<TailExtent> read_tail_extents(const StoredTable& tails, const h5::Dataset& weights);

/// Closes the file and reports what fails; without it the destructor closes in silence.
void close_store(Store store, const std::filesystem::path& path);

/// Who writes a row.
struct RowOrigin {
  int run = 0, rank = 0;
};

/// The columns of a row that describe the work on it.
struct RowState : core::WorkResult {
  std::uint32_t attempt = 0, crashes = 0, run = 0, rank = 0;
  double written = 0;  ///< seconds since 1970
};

using Intact = bool (*)(const Store&, std::size_t, std::span<const std::byte>);
/// The row, read again when its CRC does not match: a run may be writing it. Empty when it never does.
std::vector<std::byte> settled(const Store& store, const StoredTable& table, std::size_t row, Intact intact);
/// Waits for a moment when `tries` reads of a row have failed; false when the row is damaged rather than being written.
bool may_settle(const Store& store, int tries);

/// The row that a result is written into: as it was at creation where that is known, so that a damaged one is rewritten whole.
std::vector<std::byte> blank_row(const Store& store, core::Work work, const StoredTable& table, std::size_t row);

RowState state_of(const ConstRow& row);
/// Sets the columns that every row with a status has.
void set_state(Row& row, const RowState& state);

/// The state of a training in the model's slot; reading gives nothing when the CRC does not match. A state that is written over
/// while the process dies is lost: its training then begins again, and ends with the same bits.
void write_checkpoint(const Store& store, std::size_t row, std::span<const std::byte> state);
std::vector<std::byte> read_checkpoint(const Store& store, std::size_t row);
/// The number of epochs that the state in the model's slot begins with; 0: there is none. Its CRC is not looked at, since a state
/// may be large.
std::uint64_t kept_epochs(const Store& store, std::size_t row);

/// A place or a size in `column`. A damaged one lies outside of every dataset: the row's checksum will not match.
std::uint64_t place_in(const ConstRow& row, const char* column);

/// The state of a row that gets the status `to` now, after the state `before`.
RowState next_state(const RowState& before, core::Status to, const RowOrigin& origin);

}  // namespace espalier::record
