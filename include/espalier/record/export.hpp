// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace espalier::record {

/// Forms of the exported table: CSV with a header line, one JSON object per line, or one JSON array of objects.
enum class TableForm { csv, json_lines, json };

/// What an exported table holds. Without further settings: one row per cell, with all columns of /cells and /results.
struct TableSettings {
  TableForm form = TableForm::csv;
  std::vector<std::string> columns{};  ///< in this order; empty: all
  std::vector<bool> rows{};            ///< of /cells; empty: all
  /// One row per cell and metric: the metrics (accuracy, loss, ...) are no columns, but rows with the columns `metric` and
  /// `value`. `columns` then chooses among the metrics too; all of them where it names none.
  bool is_long = false;
};

/// Writes a tidy table. Cells whose CRC does not match have the status "to do"; returns their number.
/// Throws core::UserError where the file has no column of a name in `columns`, or one is named twice.
std::size_t export_table(const std::filesystem::path& path, const TableSettings& settings, std::ostream& out);

}  // namespace espalier::record
