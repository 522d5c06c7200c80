// SPDX-License-Identifier: BSD-3-Clause
#include "record/file/notes.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "espalier/core/error.hpp"

namespace espalier::record {
namespace {

/// Rows that are read at most: nothing bounds the size of a table that another program wrote.
constexpr std::uint64_t most_rows = 1 << 16;

bool holds_notes(const Table& table) {
  const auto is = [&](const char* name, Type type) { return table.has(name) && table.at(name).type == type; };
  return is("written", Type::f64) && is("text", Type::text) && is("crc", Type::u32) && table.columns().back().name == "crc";
}

bool is_free(const ConstRow& row) { return row.number("written") == 0; }

std::vector<std::uint64_t> free_rows(const StoredTable& notes) {
  std::vector<std::uint64_t> free;
  for (std::uint64_t row = 0; row < notes.data.rows(); ++row)
    if (is_free(notes.at(notes.read(row), 0))) free.push_back(row);
  return free;
}

void write_note(const StoredTable& notes, std::uint64_t row, const Note& note) {
  std::vector<std::byte> bytes(notes.table.width());
  Row out(notes.table, bytes);
  out.set("written", note.written);
  out.set("text", note.text);
  out.seal(0);
  notes.data.write(row, 1, bytes);
}

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
  throw core::UserError(
      fmt::format("{0}: {1}; make a copy with room for notes: espalier merge -o NEW.h5 {0}", path.string(), why));
}

}  // namespace

std::optional<StoredTable> notes_of(const Store& store) {
  if (!h5::has_dataset(store.file.id(), "/notes")) return std::nullopt;
  try {
    StoredTable notes{h5::Dataset(store.file.id(), "/notes"), {}};
    notes.table = h5::table_of(notes.data.type());
    if (holds_notes(notes.table) && notes.data.dims().size() == 1) return notes;
  } catch (const std::runtime_error&) {  // links and types that espalier does not write
  }
  return std::nullopt;
}

std::vector<Note> read_notes(const std::filesystem::path& path) {
  const Store store = open_store(path);
  const auto notes = notes_of(store);
  std::vector<Note> out;
  if (!notes) return out;
  const std::uint64_t count = std::min(notes->data.rows(), most_rows);
  const auto rows = notes->read(0, count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const ConstRow row = notes->at(rows, i);
    if (sealed(row.bytes(), 0) && !is_free(row) && std::isfinite(row.number("written")))
      out.push_back({row.number("written"), row.text("text")});
  }
  std::ranges::stable_sort(out, {}, &Note::written);
  return out;
}

void add_notes(const std::filesystem::path& path, const std::vector<Note>& notes) {
  if (notes.empty()) return;
  Store store = open_store(path, Access::write);
  auto table = notes_of(store);
  if (!table) refuse(path, "was created by a version of espalier without notes");
  const std::vector<std::uint64_t> free = free_rows(*table);
  if (free.size() < notes.size())
    refuse(path, fmt::format("has room for {} notes, of which {} are left", table->data.rows(), free.size()));
  for (std::size_t i = 0; i < notes.size(); ++i) write_note(*table, free[i], notes[i]);
  table.reset();  // HDF5 closes no file whose datasets are open
  close_store(std::move(store), path);
}

}  // namespace espalier::record
