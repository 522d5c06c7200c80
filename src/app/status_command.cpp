// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/chrono.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "app/commands.hpp"
#include "app/console.hpp"
#include "app/estimate.hpp"
#include "app/experiment.hpp"
#include "app/needs.hpp"
#include "app/progress_line.hpp"
#include "app/provenance.hpp"
#include "espalier/core/utf8.hpp"
#include "espalier/record/lock.hpp"
#include "espalier/record/notes.hpp"
#include "espalier/record/results_file.hpp"

namespace espalier::app {
namespace {

constexpr double lately = 60;  // seconds
constexpr std::size_t ranks_shown = 16;

/// All that `status` says, read from the file at one moment.
struct Picture {
  record::Summary summary;
  record::Activity activity;
  std::map<std::string, std::size_t> failures;  ///< reason and message of failed cells and models -> how many failed so
  double elapsed = 0;                           ///< of the last run, seconds
  double rate = 0, rate_lately = 0;             ///< cells per second: of the last run, and in its last minute
  std::vector<double> busy;                     ///< share of the time that each rank computed
  Estimate left;
  std::vector<record::Note> notes;
  std::optional<core::Until> until;
  core::Precision::Standing standing;  ///< of the groups of `until`
};

/// A model that failed has no failed cells yet where the run was given up at once.
std::map<std::string, std::size_t> failures_of(const record::Progress& progress) {
  std::map<std::string, std::size_t> failures;
  const auto count = [&](const record::RowProgress& rows, std::string_view what) {
    for (std::size_t row = 0; row < rows.status.size(); ++row)
      if (rows.status[row] == core::Status::failed)
        ++failures[fmt::format("{}{}: {}", what, core::text(rows.reasons[row]), rows.messages[row])];
  };
  count(progress.cells, "");
  count(progress.models, "model, ");
  return failures;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

/// Time that the rank is in a row that it has not finished yet counts as computed.
double busy_share(const record::RankActivity& rank, bool live, double now, double elapsed) {
  const double current = live && !rank.now.empty() ? now - rank.since : 0;
  return elapsed > 0 ? std::clamp((rank.busy + current) / elapsed, 0.0, 1.0) : 0;
}

/// Seconds that the last run has computed or computed. A run that was killed has no end: its last heartbeat and its last row
/// tell how long it lasted at least. Time stamps include suspensions and steps of the clock, recorded activity does not.
double elapsed_of(const record::RunInfo& last, const record::Activity& activity, double now) {
  if (last.active > 0) return last.active;
  if (activity.active > 0) return activity.active;
  return std::max(0.0, (activity.live ? now : std::max(last.end, activity.last_written)) - last.start);
}

/// Without the groups where another version of espalier made the file: it expands the grid to other cells.
void look_at_groups(const std::string& file, Picture& p) {
  try {
    const core::Plan plan = plan_of_file(file);
    p.standing = precision_of_file(file, plan).standing();
    p.until = plan.until;
  } catch (const core::UserError&) {
    return;
  }
}

Picture look(const std::string& file) {
  Picture p;
  const double t = now();
  p.summary = record::summarise(file);
  p.activity = record::read_activity(file, t, lately);
  p.failures = failures_of(record::read_progress(file, record::Trust::as_stored));
  p.notes = record::read_notes(file);
  if (record::has_until(file)) look_at_groups(file, p);
  if (p.summary.runs.empty()) return p;
  const record::RunInfo& last = p.summary.runs.back();
  p.elapsed = elapsed_of(last, p.activity, t);
  if (p.elapsed > 0) p.rate = static_cast<double>(p.summary.done_in_last_run) / p.elapsed;
  if (p.activity.live && p.elapsed > lately) p.rate_lately = static_cast<double>(p.activity.done_lately) / lately;
  for (const record::RankActivity& rank : p.activity.ranks) p.busy.push_back(busy_share(rank, p.activity.live, t, p.elapsed));
  p.left = time_left(work_left(p.activity.work), p.activity.ranks.size(), mean_of(p.busy));
  return p;
}

std::string bar(std::size_t done, std::size_t all) {
  constexpr std::size_t width = 24;
  const std::size_t full = all > 0 ? width * done / all : width;
  return fmt::format("[{:#<{}}{:.<{}}]", "", full, "", width - full);
}

std::string rank_text(std::size_t rank, const Picture& p) {
  const record::RankActivity& at = p.activity.ranks[rank];
  std::string text = fmt::format("  rank {:<3} {:3.0f} % busy, {} rows", rank, 100 * p.busy[rank], at.rows);
  if (p.activity.live && !at.now.empty()) text += fmt::format(", now {} for {}", at.now, duration(now() - at.since));
  return text + "\n";
}

std::string ranks_text(const Picture& p) {
  std::string text;
  if (p.busy.empty()) return text;
  if (p.busy.size() > ranks_shown)
    return fmt::format("  ranks    {} ranks, {:.0f} % busy (lowest {:.0f} %)\n", p.busy.size(), 100 * mean_of(p.busy),
                       100 * *std::ranges::min_element(p.busy));
  for (std::size_t rank = 0; rank < p.busy.size(); ++rank) text += rank_text(rank, p);
  return text;
}

/// A file may hold any number as a time.
std::string date(double seconds) {
  constexpr double latest = 253402300799;  // of the year 9999
  if (!(seconds > 0 && seconds < latest)) return "(no date)";
  return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

std::string run_text(const Picture& p) {
  if (p.summary.runs.empty()) return "not started";
  const record::RunInfo& last = p.summary.runs.back();
  if (p.activity.live) return fmt::format("running for {} on {} ranks", duration(p.elapsed), last.ranks);
  if (last.exit_code < 0)
    return fmt::format("the last run was killed after {}; run the same command again to resume", duration(p.elapsed));
  return fmt::format("the last run took {} on {} ranks and ended with exit code {}", duration(p.elapsed), last.ranks,
                     last.exit_code);
}

std::string until_text(const core::Until& until, const core::Precision::Standing& standing) {
  return fmt::format("  until    half width {} of {}: {} of {} groups open, {} wide after all seeds, widest {}\n",
                     core::canonical(until.half_width), until.of, standing.open, standing.groups, standing.wide,
                     standing.widest ? fmt::format("{:.4g}", *standing.widest) : "unknown");
}

std::string text_of(const std::string& file, const Picture& p) {
  const record::Summary& s = p.summary;
  std::string text = fmt::format("{} ({}): {}\n", file, core::one_line(s.name), run_text(p));
  const record::RowCounts &cells = s.cells, &models = s.models;
  text += fmt::format("  cells    {} {} done, {} failed, {} running, {} to do, {}of {}\n",
                      bar(cells.done + cells.failed + cells.not_needed, cells.all), cells.done, cells.failed, cells.running,
                      cells.to_do(), cells.not_needed > 0 ? fmt::format("{} not needed, ", cells.not_needed) : "", cells.all);
  text +=
      fmt::format("  models   {} {} of {} trained", bar(models.done + models.not_needed, models.all), models.done, models.all);
  if (models.not_needed > 0) text += fmt::format(", {} not needed", models.not_needed);
  text += s.kept_epochs > 0 ? fmt::format(", {} epochs of unfinished models saved\n", s.kept_epochs) : "\n";
  if (p.until) text += until_text(*p.until, p.standing);
  if (p.activity.seeds > 1) text += fmt::format("  seeds    {} of {} complete\n", p.activity.seeds_complete, p.activity.seeds);
  if (p.rate > 0) text += fmt::format("  rate     {:.2f} cells/s in the last run", p.rate);
  if (p.rate_lately > 0) text += fmt::format(", {:.2f} in its last minute", p.rate_lately);
  if (p.rate > 0) text += "\n";
  if (p.left.seconds > 0)
    text += fmt::format("  left     {} {} ({} to {}) on the same number of ranks\n", p.until ? "with all seeds about" : "about",
                        duration(p.left.seconds), duration(p.left.low), duration(p.left.high));
  text += ranks_text(p);
  for (const auto& [reason, count] : p.failures) text += fmt::format("  failed   {} x {}\n", count, core::one_line(reason));
  for (const record::Note& note : p.notes)
    text += fmt::format("  note     {}  {}\n", date(note.written), core::one_line(note.text));
  return text;
}

nlohmann::json until_json(const core::Until& until, const core::Precision::Standing& standing) {
  nlohmann::json out{{"half_width", until.half_width}, {"of", until.of},        {"groups", standing.groups},
                     {"open", standing.open},          {"wide", standing.wide}, {"widest", nullptr}};
  if (standing.widest) out["widest"] = *standing.widest;
  return out;
}

void print_json(const Picture& p) {
  const record::Summary& s = p.summary;
  nlohmann::json out{{"name", s.name},
                     {"cells", s.cells.all},
                     {"done", s.cells.done},
                     {"failed", s.cells.failed},
                     {"running", s.cells.running},
                     {"to_do", s.cells.to_do()},
                     {"not_needed", s.cells.not_needed},
                     {"models", s.models.all},
                     {"models_done", s.models.done},
                     {"models_not_needed", s.models.not_needed},
                     {"kept_epochs", s.kept_epochs},
                     {"seeds", p.activity.seeds},
                     {"seeds_complete", p.activity.seeds_complete},
                     {"seconds", s.seconds_done},
                     {"live", p.activity.live},
                     {"rate", p.rate},
                     {"runs", s.runs.size()},
                     {"busy", p.busy},
                     {"failures", p.failures},
                     {"notes", nlohmann::json::array()}};
  if (p.until) out["until"] = until_json(*p.until, p.standing);
  for (const record::Note& note : p.notes) out["notes"].push_back({{"written", note.written}, {"text", note.text}});
  if (p.left.seconds >= 0) out["left"] = {{"seconds", p.left.seconds}, {"low", p.left.low}, {"high", p.left.high}};
  constexpr auto replace = nlohmann::json::error_handler_t::replace;  // the file may hold text that is not UTF-8
  print_to(stdout, "{}\n", out.dump(2, ' ', false, replace));
}

/// Prints the status repeatedly until no run holds the file.
void watch(const std::string& file) {
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  const std::chrono::seconds pause(terminal ? 2 : 10);
  for (;;) {
    const Picture picture = look(file);
    if (terminal) print_to(stdout, "\x1b[H\x1b[J");
    print_to(stdout, "{}", text_of(file, picture));
    std::fflush(stdout);
    if (!picture.activity.live) return;
    for (auto waited = std::chrono::seconds(0); waited < pause && record::is_held(file); ++waited)
      std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

}  // namespace

core::ExitCode status_command(const Options& options) {
  if (const std::string remark = record::structure_remark(options.file); !remark.empty()) print_to(stderr, "{}\n", remark);
  if (options.watch) {
    watch(options.file);
  } else if (options.json) {
    print_json(look(options.file));
  } else {
    print_to(stdout, "{}", text_of(options.file, look(options.file)));
  }
  return core::ExitCode::done;
}

}  // namespace espalier::app
