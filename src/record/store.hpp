// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The open datasets of a results file, and its rows as values. Serves the serial reader and the parallel writer alike.

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "espalier/core/noise_results.hpp"
#include "record/hdf5.hpp"
#include "record/header.hpp"
#include "record/noise_places.hpp"
#include "record/tables.hpp"

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
  bool live = false;  ///< a run held the file when it was opened for reading: rows may change between two reads
  StoredTable cells, results, models, epochs, noise, tails, runs;
  h5::Dataset outcomes, class_accuracy, degrees, weights, links, checkpoints;
  h5::Dataset spectra, eigenvectors, tail_weights;
  std::vector<ModelExtent> model_extents;
  std::vector<CellExtent> cell_extents;
  std::vector<FitExtent> fit_extents;
  std::vector<TailExtent> tail_extents;
  /// Rows of /models, /noise and /tails as they were at creation, so that a damaged one is rewritten whole; empty: the file's
  /// own are kept.
  std::vector<std::byte> fresh_models, fresh_noise, fresh_tails;

  std::vector<h5::Dataset*> datasets();
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
struct Writer {
  int run = 0, rank = 0;
};

/// What a row says beside its result.
struct RowState {
  core::Status status = core::Status::to_do;
  core::Reason reason = core::Reason::none;
  std::uint32_t attempt = 0, crashes = 0, run = 0, rank = 0;
  std::string message{};
  double seconds = 0;
  double written = 0;  ///< seconds since 1970
};

/// Whether the row and the payload it covers match their CRC.
bool intact_cell(const Store& store, std::size_t row, std::span<const std::byte> bytes);
bool intact_model(const Store& store, std::size_t row, std::span<const std::byte> bytes);
bool intact_fit(const Store& store, std::size_t row, std::span<const std::byte> bytes);
bool intact_tail(const Store& store, std::size_t row, std::span<const std::byte> bytes);
using Intact = bool (*)(const Store&, std::size_t, std::span<const std::byte>);
/// The row, read again when its CRC does not match: a run may be writing it. Empty when it never does.
std::vector<std::byte> settled(const Store& store, const StoredTable& table, std::size_t row, Intact intact);
/// Waits for a moment when `tries` reads of a row have failed; false when the row is damaged rather than being written.
bool may_settle(const Store& store, int tries);

RowState state_of(const ConstRow& row);
/// Sets the columns that every row with a status has.
void set_state(Row& row, const RowState& state);

/// Payload first, then the row in one piece. Throws std::logic_error when the sizes are not those of the plan.
void write_cell(const Store& store, std::size_t row, const core::CellResult& result, const RowState& state);
void write_model(const Store& store, std::size_t row, const core::ModelResult& result, const RowState& state);
void write_fit(const Store& store, std::size_t row, const core::FitResult& result, const RowState& state);
void write_tail(const Store& store, std::size_t row, const core::TailResult& result, const RowState& state);

/// The state of a training in the model's slot; reading gives nothing when the CRC does not match. A state that is written over
/// while the process dies is lost: its training then begins again, and ends with the same bits.
void write_checkpoint(const Store& store, std::size_t row, std::span<const std::byte> state);
std::vector<std::byte> read_checkpoint(const Store& store, std::size_t row);
/// The number of epochs that the state in the model's slot begins with; 0: there is none. Its CRC is not looked at, since a state
/// may be large.
std::uint64_t kept_epochs(const Store& store, std::size_t row);

/// Nothing when the CRC does not match.
std::optional<core::CellResult> read_cell(const Store& store, std::size_t row);
std::optional<core::ModelResult> read_model(const Store& store, std::size_t row);
std::optional<core::FitResult> read_fit(const Store& store, std::size_t row);
std::optional<core::TailResult> read_tail(const Store& store, std::size_t row);

/// The same for a result with its payload.
template <typename Result>
std::optional<Result> read_settled(const Store& store, std::size_t row,
                                   std::optional<Result> (*read)(const Store&, std::size_t)) {
  for (int tries = 1;; ++tries)
    if (auto result = read(store, row); result || !may_settle(store, tries)) return result;
}

/// The state that `writer` gives the row next; its attempts count on from what the row says now.
RowState next_state(const StoredTable& table, std::size_t row, core::Status to, const Writer& writer);

}  // namespace espalier::record
