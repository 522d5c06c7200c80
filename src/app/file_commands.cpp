// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

#include "app/commands.hpp"
#include "app/console.hpp"
#include "app/experiment.hpp"
#include "app/selection.hpp"
#include "espalier/record/export.hpp"
#include "espalier/record/lock.hpp"
#include "espalier/record/output.hpp"
#include "espalier/record/results_file.hpp"

namespace espalier::app {
namespace {

using record::TableForm;

/// Debian has no package that writes Parquet, pandas needs pyarrow for it.
constexpr const char* parquet_advice =
    "{}: Parquet needs pandas with pyarrow (pip install pyarrow), for example python3 -c \"import espalier; "
    "espalier.open('out.h5').cells.to_parquet('out.parquet')\"; or give the extension .csv, .json or .jsonl";

constexpr std::array<std::pair<std::string_view, TableForm>, 4> forms{
    {{"csv", TableForm::csv}, {"jsonl", TableForm::json_lines}, {"ndjson", TableForm::json_lines}, {"json", TableForm::json}}};

bool is_stream(const std::string& out) {
  std::error_code none;
  return out == "-" || (std::filesystem::exists(out, none) && !std::filesystem::is_regular_file(out, none) &&
                        !std::filesystem::is_directory(out, none));
}

/// --format, else the ending of the file's name, in capitals or not; CSV on standard output, pipes and devices.
TableForm form_of(const Options& options) {
  std::string word = options.format;
  if (word.empty()) word = is_stream(options.out) ? "csv" : std::filesystem::path(options.out).extension().string();
  std::ranges::transform(word, word.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (word.starts_with('.')) word.erase(0, 1);
  for (const auto& [name, form] : forms)
    if (name == word) return form;
  if (word == "parquet") throw core::UserError(fmt::format(parquet_advice, options.out));
  throw core::UserError(
      fmt::format("{}: the extension must be .csv, .json (array) or .jsonl (one object per line), given '{}'; change the "
                  "extension, or give --format csv, json or jsonl",
                  options.out, std::filesystem::path(options.out).extension().string()));
}

std::vector<bool> selected_rows(const Options& options) {
  const core::Plan plan = plan_of_file(options.file);
  const Selection selection(options.only, plan);
  std::vector<bool> rows;
  for (const core::Cell& cell : plan.cells) rows.push_back(selection.contains(cell));
  return rows;
}

}  // namespace

void warn_about(const std::string& file) {
  if (const std::string remark = record::structure_remark(file); !remark.empty()) print_to(stderr, "{}\n", remark);
  if (record::is_held(file)) print_to(stderr, "{}: a run is active; its newest rows can be missing or can change\n", file);
}

core::ExitCode digest_command(const Options& options) {
  warn_about(options.file);
  print_to(stdout, "{}\n", record::digest(options.file));
  return core::ExitCode::done;
}

core::ExitCode export_command(const Options& options) {
  record::TableSettings table{form_of(options), options.columns, {}, options.long_form};
  warn_about(options.file);
  if (!options.only.empty()) table.rows = selected_rows(options);
  std::size_t damaged = 0;
  record::write_output(options.out, [&](std::ostream& out) { damaged = record::export_table(options.file, table, out); });
  if (damaged > 0) print_to(stderr, "{}: {} rows are damaged; their status in the table is 'to do'\n", options.file, damaged);
  if (!is_stream(options.out)) print_to(stdout, "{}\n", options.out);
  return core::ExitCode::done;
}

}  // namespace espalier::app
