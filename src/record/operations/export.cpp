// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/record/export.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <ostream>

#include "espalier/core/error.hpp"
#include "espalier/core/metrics.hpp"
#include "espalier/core/nearest.hpp"
#include "espalier/core/settings.hpp"
#include "espalier/core/utf8.hpp"
#include "record/file/header.hpp"
#include "record/rows/rows.hpp"

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

/// A column of the output and where its values come from.
struct Source {
  const StoredTable* table;
  const Column* column;
  bool is_metric;
};

bool is_metric(const Column& column) {
  return std::ranges::any_of(core::metrics, [&](const core::Metric& metric) { return metric.name == column.name; });
}

/// All that can be exported, in the order of the file.
std::vector<Source> sources(const Store& store) {
  std::vector<Source> all;
  for (const StoredTable* table : {&store.cells, &store.results})
    for (const Column& column : table->table.columns())
      if (column.name != "crc") all.push_back({table, &column, table == &store.results && is_metric(column)});
  return all;
}

[[noreturn]] void refuse_column(const std::filesystem::path& path, const std::string& given, const std::vector<Source>& all) {
  std::vector<std::string> names;
  for (const Source& source : all) names.push_back(source.column->name);
  const std::string near = core::nearest(given, names);
  const std::string hint = near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near);
  throw core::UserError(core::one_line(
      fmt::format("{}: has no column '{}'{}; choose from {}", path.string(), given, hint, fmt::join(names, ", "))));
}

std::vector<Source> chosen(const std::filesystem::path& path, const std::vector<Source>& all,
                           const std::vector<std::string>& names) {
  if (names.empty()) return all;
  std::vector<Source> out;
  for (const std::string& name : names) {
    const auto named = [&](const Source& source) { return source.column->name == name; };
    const auto found = std::ranges::find_if(all, named);
    if (found == all.end()) refuse_column(path, name, all);
    if (std::ranges::any_of(out, named))
      throw core::UserError(fmt::format("{}: the column '{}' is chosen twice; name each column once", path.string(), name));
    out.push_back(*found);
  }
  return out;
}

std::vector<Source> of_kind(const std::vector<Source>& all, bool metric) {
  std::vector<Source> out;
  std::ranges::copy_if(all, std::back_inserter(out), [&](const Source& source) { return source.is_metric == metric; });
  return out;
}

/// Writes rows one after the other in one of the forms.
class TableWriter {
 public:
  TableWriter(std::ostream& out, TableForm form, std::vector<Field> names) : out_(out), form_(form), names_(std::move(names)) {
    if (form_ == TableForm::csv) write_csv(out_, names_);
  }

  void write(const std::vector<Field>& fields) {
    if (form_ == TableForm::csv) return write_csv(out_, fields);
    if (form_ == TableForm::json) out_ << (empty_ ? "[\n" : ",\n");
    write_json(out_, names_, fields);
    if (form_ == TableForm::json_lines) out_ << '\n';
    empty_ = false;
  }

  void end() {
    if (form_ == TableForm::json) out_ << (empty_ ? "[\n]\n" : "\n]\n");
  }

 private:
  std::ostream& out_;
  TableForm form_;
  std::vector<Field> names_;
  bool empty_ = true;
};

/// The columns of the output, and in the long form the metrics that become rows.
struct Shape {
  std::vector<Source> columns, metrics;
  bool is_long = false;
};

Shape shape_of(const std::filesystem::path& path, const Store& store, const TableSettings& settings) {
  const std::vector<Source> all = sources(store);
  const std::vector<Source> columns = chosen(path, all, settings.columns);
  if (!settings.is_long) return {columns, {}};
  const std::vector<Source> metrics = of_kind(columns, true);
  return {of_kind(columns, false), metrics.empty() ? of_kind(all, true) : metrics, true};
}

std::vector<Field> names_of(const Shape& shape) {
  std::vector<Field> names;
  for (const Source& source : shape.columns) names.push_back({source.column->name});
  if (!shape.is_long) return names;
  names.push_back({"metric"});
  names.push_back({"value"});
  return names;
}

/// One cell's rows of both tables.
struct CellRow {
  const Store& store;
  ConstRow cell, result;
  Field field(const Source& source) const { return field_of(source.table == &store.cells ? cell : result, *source.column); }
};

void write_cell_rows(TableWriter& writer, const Shape& shape, const CellRow& row) {
  std::vector<Field> fields;
  for (const Source& source : shape.columns) fields.push_back(row.field(source));
  if (!shape.is_long) return writer.write(fields);
  for (const Source& metric : shape.metrics) {
    std::vector<Field> line = fields;
    line.push_back({metric.column->name});
    line.push_back(row.field(metric));
    writer.write(line);
  }
}

/// The bytes of a result as they may be used: a row whose CRC does not match is to do. Adds such a row to `damaged`.
std::vector<std::byte> usable(const Store& store, std::uint64_t row, std::span<const std::byte> bytes, std::size_t& damaged) {
  if (is_intact<CellRows>(store, row, bytes)) return {bytes.begin(), bytes.end()};
  auto again = settled(store, store.results, row, is_intact<CellRows>);
  if (!again.empty()) return again;
  ++damaged;
  again.resize(bytes.size());
  Row(store.results.table, again).clear();
  return again;
}

}  // namespace

std::size_t export_table(const std::filesystem::path& path, const TableSettings& settings, std::ostream& out) {
  const Store store = open_store(path, Access::read, true);
  const Shape shape = shape_of(path, store, settings);
  TableWriter writer(out, settings.form, names_of(shape));
  std::size_t damaged = 0;
  const std::uint64_t rows = store.cells.data.rows();
  for (std::uint64_t first = 0; first < rows; first += block_rows) {
    const std::uint64_t count = std::min(block_rows, rows - first);
    const auto cells = store.cells.read(first, count);
    const auto results = store.results.read(first, count);
    for (std::uint64_t i = 0; i < count; ++i) {
      if (!settings.rows.empty() && !settings.rows.at(first + i)) continue;
      const auto result = usable(store, first + i, store.results.at(results, i).bytes(), damaged);
      write_cell_rows(writer, shape, {store, store.cells.at(cells, i), store.results.at(result, 0)});
    }
  }
  writer.end();
  return damaged;
}

}  // namespace espalier::record
