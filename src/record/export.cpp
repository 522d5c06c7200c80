// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "espalier/core/error.hpp"
#include "espalier/core/settings.hpp"
#include "espalier/record/results_file.hpp"
#include "record/header.hpp"
#include "record/store.hpp"

namespace espalier::record {
namespace {

constexpr std::uint64_t block_rows = 4096;

/// One value as text; empty where there is none.
struct Field {
  std::string text;
  bool number = false;
};

Field field_of(const ConstRow& row, const Column& column) {
  if (column.type == Type::text) return {row.text(column)};
  const double value = row.number(column);
  if (column.name == "status") return {std::string(core::text(static_cast<core::Status>(value)))};
  if (column.name == "reason") return {std::string(core::text(static_cast<core::Reason>(value)))};
  return {std::isfinite(value) ? core::canonical(value) : std::string(), true};
}

/// Text as a CSV field [RFC 4180]. Spreadsheets execute text that begins like a formula: an apostrophe keeps it text.
std::string csv_field(const Field& field) {
  const bool formula =
      !field.number && !field.text.empty() && std::string_view("=+-@\t\r").find(field.text[0]) != std::string_view::npos;
  const std::string text = formula ? "'" + field.text : field.text;
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

/// Text of the file as JSON text; bytes that are not UTF-8 become U+FFFD.
std::string json_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void write_csv(std::ostream& out, const std::vector<Field>& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) out << (i == 0 ? "" : ",") << csv_field(fields[i]);
  out << '\n';
}

void write_json(std::ostream& out, const std::vector<Field>& names, const std::vector<Field>& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Field& field = fields[i];
    out << (i == 0 ? '{' : ',') << json_text(names[i].text) << ':';
    out << (!field.number ? json_text(field.text) : field.text.empty() ? "null" : field.text);
  }
  out << '}';
}

std::vector<Field> names_of(const Store& store) {
  std::vector<Field> names;
  for (const Table* table : {&store.cells.table, &store.results.table})
    for (const Column& column : table->columns())
      if (column.name != "crc") names.push_back({column.name});
  return names;
}

void append(const ConstRow& row, const Table& table, std::vector<Field>& out) {
  for (const Column& column : table.columns())
    if (column.name != "crc") out.push_back(field_of(row, column));
}

/// The block of results as it may be used: rows whose CRC does not match are to do. Adds their number to `damaged`.
std::vector<std::byte> read_results(const Store& store, std::uint64_t first, std::uint64_t count, std::size_t& damaged) {
  auto block = store.results.read(first, count);
  const std::size_t width = store.results.table.width();
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto bytes = std::span(block).subspan(i * width, width);
    if (intact_cell(store, first + i, bytes)) continue;
    const auto again = settled(store, store.results, first + i, intact_cell);
    if (again.empty()) Row(store.results.table, bytes).clear();
    std::ranges::copy(again, bytes.begin());
    damaged += again.empty();
  }
  return block;
}

}  // namespace

std::size_t export_table(const std::filesystem::path& path, TableForm form, std::ostream& out) {
  const Store store = open_store(path, Access::read, true);
  const auto names = names_of(store);
  std::size_t damaged = 0;
  if (form == TableForm::csv) write_csv(out, names);
  if (form == TableForm::json) out << "[\n";
  const std::uint64_t rows = store.cells.data.rows();
  for (std::uint64_t first = 0; first < rows; first += block_rows) {
    const std::uint64_t count = std::min(block_rows, rows - first);
    const auto cells = store.cells.read(first, count);
    const auto results = read_results(store, first, count, damaged);
    for (std::uint64_t i = 0; i < count; ++i) {
      std::vector<Field> fields;
      append(store.cells.at(cells, i), store.cells.table, fields);
      append(store.results.at(results, i), store.results.table, fields);
      if (form == TableForm::csv) {
        write_csv(out, fields);
      } else {
        write_json(out, names, fields);
        out << (form == TableForm::json && first + i + 1 < rows ? ",\n" : "\n");
      }
    }
  }
  if (form == TableForm::json) out << "]\n";
  return damaged;
}

}  // namespace espalier::record
