// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/record/verify.hpp"

#include <fmt/core.h>

#include "espalier/core/error.hpp"
#include "record/header.hpp"
#include "record/notes.hpp"
#include "record/store.hpp"

namespace espalier::record {
namespace {

/// Checks `rows` row by row; `names` is the table whose `id` says what the row is.
std::size_t check_rows(const Store& store, const StoredTable& rows, const StoredTable& names, const char* what, const char* table,
                       Intact intact, std::vector<std::string>& damaged) {
  for (std::uint64_t row = 0; row < rows.data.rows(); ++row) {
    if (intact(store, row, rows.read(row)) || !settled(store, rows, row, intact).empty()) continue;
    const auto name = names.read(row);
    const std::string id = names.table.has("id") ? names.at(name, 0).text("id") : "";
    damaged.push_back(fmt::format("{} {} (row {} of {})", what, id, row, table));
  }
  return rows.data.rows();
}

template <typename Result>
Result intact_or_refuse(std::optional<Result> result, const std::filesystem::path& path, const char* what, std::size_t row) {
  if (!result) throw core::UserError(fmt::format("{}: {} {} is damaged (its checksum does not match)", path.string(), what, row));
  return *std::move(result);
}

}  // namespace

Checks verify_checksums(const std::filesystem::path& path) {
  const Store store = open_store(path, Access::read, true);
  const Intact intact_alone = [](const Store&, std::size_t, std::span<const std::byte> bytes) { return sealed(bytes, 0); };
  Checks out;
  out.cells = check_rows(store, store.results, store.cells, "cell", "/results", intact_cell, out.damaged);
  out.models = check_rows(store, store.models, store.models, "model", "/models", intact_model, out.damaged);
  out.fits = check_rows(store, store.noise, store.noise, "fit", "/noise", intact_fit, out.damaged);
  out.tails = check_rows(store, store.tails, store.tails, "tail", "/tails", intact_tail, out.damaged);
  out.runs = check_rows(store, store.runs, store.runs, "run", "/runs", intact_alone, out.damaged);
  if (const auto notes = notes_of(store))
    out.notes = check_rows(store, *notes, *notes, "note", "/notes", intact_alone, out.damaged);
  return out;
}

RowReader::RowReader(const std::filesystem::path& path) : path_(path), store_(std::make_unique<Store>(open_store(path))) {}

RowReader::~RowReader() = default;

core::CellResult RowReader::cell(std::size_t row) const {
  return intact_or_refuse(read_settled(*store_, row, read_cell), path_, "cell", row);
}

core::ModelResult RowReader::model(std::size_t row) const {
  return intact_or_refuse(read_settled(*store_, row, read_model), path_, "model", row);
}

core::FitResult RowReader::fit(std::size_t row) const {
  return intact_or_refuse(read_settled(*store_, row, read_fit), path_, "fit", row);
}

core::TailResult RowReader::tail(std::size_t row) const {
  return intact_or_refuse(read_settled(*store_, row, read_tail), path_, "tail", row);
}

}  // namespace espalier::record
