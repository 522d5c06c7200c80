// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

#include "app/commands.hpp"
#include "app/console.hpp"
#include "espalier/record/lock.hpp"
#include "espalier/record/output.hpp"
#include "espalier/record/results_file.hpp"

namespace espalier::app {
namespace {

using record::TableForm;

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
  throw core::UserError(
      fmt::format("{}: the extension must be .csv, .json (array) or .jsonl (one object per line), given '{}'; change the "
                  "extension, or give --format csv, json or jsonl",
                  options.out, std::filesystem::path(options.out).extension().string()));
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
  const TableForm form = form_of(options);
  warn_about(options.file);
  std::size_t damaged = 0;
  record::write_output(options.out, [&](std::ostream& out) { damaged = record::export_table(options.file, form, out); });
  if (damaged > 0) print_to(stderr, "{}: {} rows are damaged; their status in the table is 'to do'\n", options.file, damaged);
  if (!is_stream(options.out)) print_to(stdout, "{}\n", options.out);
  return core::ExitCode::done;
}

}  // namespace espalier::app
