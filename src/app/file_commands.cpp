#include <fmt/core.h>

#include <map>
#include <nlohmann/json.hpp>

#include "app/commands.hpp"
#include "app/progress_line.hpp"
#include "app/provenance.hpp"
#include "espalier/record/results_file.hpp"

namespace espalier::app {
namespace {

/// Reason and message of failed cells -> how many failed so.
std::map<std::string, std::size_t> failures_of(const record::Progress& progress) {
  std::map<std::string, std::size_t> failures;
  for (std::size_t row = 0; row < progress.cells.size(); ++row)
    if (progress.cells[row] == core::Status::failed)
      ++failures[fmt::format("{}: {}", core::text(progress.cell_reasons[row]), progress.cell_messages[row])];
  return failures;
}

struct Pace {
  bool running = false;
  double rate = 0;  ///< cells per second of the last run
  double eta = 0;   ///< seconds
};

/// The last run's rate: cells that it finished over the time since it began.
Pace pace_of(const record::Summary& summary) {
  Pace pace;
  if (summary.runs.empty()) return pace;
  const record::RunInfo& last = summary.runs.back();
  pace.running = last.exit_code < 0;
  const double elapsed = (pace.running ? now() : last.end) - last.start;
  if (elapsed <= 0 || summary.done_in_last_run == 0) return pace;
  pace.rate = static_cast<double>(summary.done_in_last_run) / elapsed;
  pace.eta = static_cast<double>(summary.cells - summary.done - summary.failed) / pace.rate;
  return pace;
}

void print_text(const std::string& file, const record::Summary& s, const Pace& pace,
                const std::map<std::string, std::size_t>& failures) {
  const std::size_t to_do = s.cells - s.done - s.failed - s.running;
  fmt::print("{} ({})\n", file, s.name);
  fmt::print("  cells   {} done, {} failed, {} running, {} to do, of {}\n", s.done, s.failed, s.running, to_do, s.cells);
  fmt::print("  models  {} of {} trained\n", s.models_done, s.models);
  if (pace.rate > 0) fmt::print("  rate    {:.2f} cells/s in the last run\n", pace.rate);
  if (pace.rate > 0 && to_do > 0) fmt::print("  left    about {} at that rate\n", duration(pace.eta));
  for (const auto& [reason, count] : failures) fmt::print("  failed  {} x {}\n", count, reason);
}

}  // namespace

core::ExitCode status_command(const Options& options) {
  const record::Summary s = record::summarise(options.file);
  const auto failures = failures_of(record::read_progress(options.file));
  const Pace pace = pace_of(s);
  if (!options.json) {
    print_text(options.file, s, pace, failures);
    return core::ExitCode::done;
  }
  const nlohmann::json out{{"name", s.name},
                           {"cells", s.cells},
                           {"done", s.done},
                           {"failed", s.failed},
                           {"running", s.running},
                           {"to_do", s.cells - s.done - s.failed - s.running},
                           {"models", s.models},
                           {"models_done", s.models_done},
                           {"seconds", s.seconds_done},
                           {"rate", pace.rate},
                           {"eta", pace.eta},
                           {"runs", s.runs.size()},
                           {"failures", failures}};
  fmt::print("{}\n", out.dump(2));
  return core::ExitCode::done;
}

core::ExitCode digest_command(const Options& options) {
  fmt::print("{}\n", record::digest(options.file));
  return core::ExitCode::done;
}

core::ExitCode export_command(const Options& options) {
  record::export_table(options.file, options.out);
  fmt::print("{}\n", options.out);
  return core::ExitCode::done;
}

}  // namespace espalier::app
