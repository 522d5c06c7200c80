#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <fstream>

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

std::string csv_quoted(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

std::string json_quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += fmt::format("\\{}", c);
    else if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out + '"';
}

std::string csv_line(const std::vector<Field>& fields) {
  std::string line;
  for (const Field& field : fields) line += csv_quoted(field.text) + ",";
  line.back() = '\n';
  return line;
}

std::string json_line(const std::vector<Field>& names, const std::vector<Field>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string value = !fields[i].number ? json_quoted(fields[i].text) : fields[i].text.empty() ? "null" : fields[i].text;
    line += fmt::format("{}{}:{}", i == 0 ? "" : ",", json_quoted(names[i].text), value);
  }
  return fmt::format("{{{}}}\n", line);
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

std::size_t export_table(const std::filesystem::path& path, const std::filesystem::path& out) {
  const std::string ending = out.extension().string();
  const bool json = ending == ".jsonl" || ending == ".json" || ending == ".ndjson";
  if (!json && ending != ".csv")
    throw core::UserError(
        fmt::format("{}: the ending must be .csv or .jsonl (one JSON object per line), '{}' is neither", out.string(), ending));
  check_file(path, true);
  const Store store = open_store(path);
  std::ofstream file(out);
  const auto names = names_of(store);
  std::size_t damaged = 0;
  if (!json) file << csv_line(names);
  for (std::uint64_t first = 0; first < store.cells.data.rows(); first += block_rows) {
    const std::uint64_t count = std::min(block_rows, store.cells.data.rows() - first);
    const auto cells = store.cells.read(first, count);
    const auto results = read_results(store, first, count, damaged);
    for (std::uint64_t i = 0; i < count; ++i) {
      std::vector<Field> fields;
      append(store.cells.at(cells, i), store.cells.table, fields);
      append(store.results.at(results, i), store.results.table, fields);
      file << (json ? json_line(names, fields) : csv_line(fields));
    }
  }
  file.close();
  if (!file) throw core::UserError(fmt::format("{}: cannot be written; check folder and free space", out.string()));
  return damaged;
}

}  // namespace espalier::record
