// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <boost/mpi/collectives.hpp>
#include <boost/serialization/vector.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "app/agenda.hpp"
#include "app/agree.hpp"
#include "app/agreed_start.hpp"
#include "app/commands.hpp"
#include "app/console.hpp"
#include "app/crowding.hpp"
#include "app/differences.hpp"
#include "app/experiment.hpp"
#include "app/needs.hpp"
#include "app/progress_line.hpp"
#include "app/provenance.hpp"
#include "app/row_keeper.hpp"
#include "app/running_clock.hpp"
#include "app/stop_signal.hpp"
#include "app/walltime.hpp"
#include "espalier/farm/farm.hpp"
#include "espalier/record/lock.hpp"
#include "espalier/record/merge.hpp"
#include "espalier/record/results_file.hpp"
#include "espalier/run/run_job.hpp"

namespace espalier::app {
namespace {

namespace mpi = boost::mpi;
using core::ExitCode;

/// A row that one run died with proves nothing; after a second time it runs alone.
constexpr std::uint32_t suspicious = 2;

std::vector<std::uint8_t> suspects(const std::vector<std::uint32_t>& crashes) {
  std::vector<std::uint8_t> out;
  for (const std::uint32_t count : crashes) out.push_back(count >= suspicious);
  return out;
}

void report_crashes(const std::string& file, const record::Crashes& crashes) {
  if (const std::size_t again = crashes.interrupted - crashes.given_up; again > 0)
    print_to(stderr, "{}: the previous run ended while it computed {} rows; this run computes them again\n", file, again);
  if (crashes.given_up > 0)
    print_to(stderr, "{}: {} runs ended while they computed the same {} rows; these rows are now marked as failed\n", file,
             record::most_crashes, crashes.given_up);
}

/// Which data the run uses, and what looks like a mistake: before hours are spent on it.
void report_start(const Experiment& experiment, const std::vector<std::string>& crowded) {
  for (const auto& [name, shape] : experiment.shapes) print_to(stdout, "data {}\n", data::text_of(name, shape));
  for (const auto* warnings : {&experiment.warnings, &crowded})
    for (const std::string& warning : *warnings) print_to(stderr, "note: {}\n", warning);
  std::fflush(stdout);
}

FileState open_on_rank_0(const Options& options, const Experiment& experiment, const record::RunInfo& run, record::Lock& lock) {
  if (std::filesystem::exists(options.file)) {
    check_same_plan(options.file, experiment.plan);
    record::check_resumable(options.file, experiment.plan, run, options.accept_build_change);
  } else {
    record::create(options.file, experiment.plan, experiment.layout, run);
    lock.hold_results();
  }
  if (!options.reuse.empty()) {
    warn_about(options.reuse);
    record::check_reusable(options.reuse, run, options.accept_build_change);
    const record::ImportReport imported = record::take_over(options.file, options.reuse);
    if (!options.quiet) print_to(stdout, "{}: {} cells and {} models imported\n", options.reuse, imported.cells, imported.models);
    if (!imported.damaged.empty())
      print_to(stderr, "{}: {} rows are damaged and are not imported\n", options.reuse, imported.damaged.size());
  }
  report_crashes(options.file, record::count_crashes(options.file));
  const record::Progress progress = record::read_progress(options.file);
  if (progress.damaged_rows > 0)
    print_to(stderr, "{}: {} rows are damaged and will be computed again\n", options.file, progress.damaged_rows);
  FileState state{{}, record::begin_run(options.file, run), record::interrupted_rows(progress)};
  for (const core::Work work : core::all_work) {
    const record::RowProgress& rows = progress.of(work);
    state.of(work) = {bytes_of(rows.status), suspects(rows.crashes), rows.damaged};
  }
  if (const auto& until = experiment.plan.until) state.values = record::read_metric(options.file, core::metric_of(*until));
  return state;
}

/// Values of a type without pointers, from rank 0 to all.
template <typename Value>
void broadcast_bytes(const mpi::communicator& world, std::vector<Value>& values) {
  static_assert(std::is_trivially_copyable_v<Value>);
  std::vector<char> bytes(values.size() * sizeof(Value));
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  mpi::broadcast(world, bytes, 0);
  values.resize(bytes.size() / sizeof(Value));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
}

/// Failed jobs that end the run; 0: any number is fine.
std::size_t most_failures(const Options& options) { return options.fail_fast ? 1 : options.max_failures.value_or(0); }

/// Rank 0 records how a run ended that has no time to close the file.
void record_hasty_end(const Options& options, int rank, int run) {
  if (rank != 0) return;
  record::end_run(options.file, run, {now(), running_seconds(), static_cast<int>(ExitCode::stopped)});
  print_to(stderr, "stopped immediately; run the same command again to resume\n");
  std::fflush(nullptr);
}

/// What a rank needs to run jobs of the agenda.
struct Bench {
  const Experiment& experiment;
  Agenda& agenda;
  record::ResultsFile& file;
  record::Lock& lock;
  double end;  ///< of all work, by running_seconds(); 0: never
  int run;     ///< row of /runs
};

farm::Outcome run_jobs(const Options& options, const mpi::communicator& world, const Bench& bench, const StoreFilter& filter) {
  const Experiment& experiment = bench.experiment;
  const std::vector<core::Job>& jobs = bench.agenda.jobs;
  StopRequest& stop = stop_on_signals();
  std::vector<bool> pending;
  for (const farm::Task& task : bench.agenda.tasks) pending.push_back(!task.finished && !task.held);

  RowKeeper keeper(bench.file, bench.lock, experiment.plan, bench.agenda.wanted, stop, {options.time_limit, bench.end},
                   [&] { record_hasty_end(options, world.rank(), bench.run); });
  double value = 0;  // of the main thread
  run::Store store = watched(keeper.store(), experiment.plan, value);
  run::Runner runner(
      experiment.plan, [&](const std::string& name) { return load(experiment, name); },
      filter ? filter(experiment.plan, std::move(store)) : std::move(store));
  ProgressLine line(jobs, pending, options.quiet || world.rank() != 0);
  const auto run = [&](std::size_t job) {
    const bool done = runner.run(jobs[job]);
    return farm::Answer(done, value);
  };
  const auto release = [&](std::size_t job, double result) {
    const std::vector<std::size_t> released = bench.agenda.released_by(job, result);
    line.add(released);
    return released;
  };
  const farm::Work work{.run = run,
                        .observe = [&](const farm::Progress& p) { line.show(p.ended, p.running, p.failed); },
                        .release = release,
                        .stop = &stop.asked,
                        .seconds_left = bench.end > 0 ? std::max(bench.end - running_seconds(), 1e-3) : 0,
                        .clock = running_seconds,
                        .max_failures = most_failures(options)};
  const farm::Outcome outcome = farm::run_farm(world, bench.agenda.tasks, work);
  line.end();
  return outcome;
}

/// The text about fits and tails; empty where there are none.
std::string noises_text(const record::Summary& summary) {
  std::string text;
  if (summary.fits.all > 0) text += fmt::format(", {} of {} noises fitted", summary.fits.done, summary.fits.all);
  if (summary.tails.all > 0) text += fmt::format(", {} of {} tails retrained", summary.tails.done, summary.tails.all);
  return text;
}

bool given_up(const Options& options, const farm::Outcome& outcome) {
  return most_failures(options) > 0 && outcome.failed >= most_failures(options);
}

/// Rank 0 reads what the file holds now: the exit code follows from the rows, not from what this run did.
ExitCode conclude(const Options& options, const farm::Outcome& outcome) {
  const record::Summary summary = record::summarise(options.file);
  if (!options.quiet)
    print_to(stdout, "{}: {} of {} cells done, {} failed, {}{} of {} models trained{}\n", options.file, summary.cells.done,
             summary.cells.all, summary.cells.failed,
             summary.cells.not_needed > 0 ? fmt::format("{} not needed, ", summary.cells.not_needed) : "", summary.models.done,
             summary.models.all, noises_text(summary));
  if (outcome.stopped) {
    print_to(stderr, "stopped early; run the same command again to resume\n");
    return ExitCode::stopped;
  }
  if (given_up(options, outcome)) {
    print_to(
        stderr,
        "stopped after {} failed jobs (--fail-fast, --max-failures): {} cells remain; see the failures with espalier status {}, "
        "and run the same command again to compute the remaining cells\n",
        outcome.failed, summary.cells.to_do() + summary.cells.running, options.file);
    return ExitCode::some_failed;
  }
  if (summary.cells.failed > 0) {
    print_to(stderr, "{} cells failed; see the reasons with espalier status {}, and run them again with --retry-failed\n",
             summary.cells.failed, options.file);
    return ExitCode::some_failed;
  }
  return ExitCode::done;
}

/// An error of the file is not a mistake of the user here: the file was valid when the run began.
ExitCode concluded(const Options& options, const core::Plan& plan, const farm::Outcome& outcome, int run) {
  try {
    mark_needs(options.file, plan);
    if (!outcome.stopped) report_waiting(options, plan);
    const ExitCode code = conclude(options, outcome);
    record::end_run(options.file, run, {now(), running_seconds(), static_cast<int>(code)});
    return code;
  } catch (const core::Error& error) {
    throw core::Error(ExitCode::broken, fmt::format("at the end of the run: {}", error.what()));
  }
}

/// A file that was renamed or removed meanwhile is not read again: another one may have its name.
void check_owned(const Options& options, const record::Lock& lock) {
  if (const std::string why = lock.lost(); !why.empty())
    throw core::Error(
        ExitCode::broken,
        fmt::format("{}: {}; the run stopped. Restore the file name, then run the same command again", options.file, why));
}

/// mpirun kills its ranks a second after SIGTERM, and answers no MPI_Finalize in that second; closing the file may wait for the
/// disk longer than that. Every row is in the file already.
[[noreturn]] void end_at_once(const Options& options, int rank, int run, record::Lock& lock) {
  record_hasty_end(options, rank, run);
  lock.release_name();
  std::_Exit(static_cast<int>(ExitCode::stopped));
}

}  // namespace

ExitCode run_command(const Options& options, const mpi::communicator& world, const StoreFilter& filter) {
  if (!options.recompute.empty()) return recompute_command(options, world);
  stop_on_signals();
  launcher_has_ended();
  double left = 0;
  agree(world, [&] { left = seconds_for_work(options.walltime, std::getenv("SLURM_JOB_END_TIME"), now()); });
  mpi::broadcast(world, left, 0);
  const double end = left > 0 ? running_seconds() + left : 0;
  const AgreedStart start = agreed_start(options, world);
  const Experiment& experiment = start.experiment;
  const std::vector<std::string> crowded = crowded_hosts(world);
  if (world.rank() == 0 && !options.quiet) report_start(experiment, crowded);
  const record::WrittenBy writer = agreed_writer(options, world, start.hosts.size());

  std::optional<record::Lock> lock;
  FileState state;
  agree(world, [&] {
    if (world.rank() != 0) return;
    lock.emplace(record::Lock::take(options.file, {.active = running_seconds}));
    state = open_on_rank_0(options, experiment, start.run, *lock);
  });
  mpi::broadcast(world, state.run, 0);
  for (const core::Work work : core::all_work) {
    mpi::broadcast(world, state.of(work).status, 0);
    mpi::broadcast(world, state.of(work).suspect, 0);
    mpi::broadcast(world, state.of(work).damaged, 0);
  }
  broadcast_bytes(world, state.interrupted);
  mpi::broadcast(world, state.values, 0);
  Agenda agenda;
  agree(world, [&] {
    if (world.rank() != 0) lock.emplace(record::Lock::join(options.file));
    agenda = agenda_of(options, experiment, state, static_cast<std::size_t>(world.size()));
    if (end > 0) check_that_something_fits(agenda.tasks, end - running_seconds());
  });
  record::ResultsFile file(options.file, world, state.run, experiment.plan, experiment.layout, writer);
  file.take_history(state.interrupted);
  const farm::Outcome outcome = run_jobs(options, world, {experiment, agenda, file, *lock, end, state.run}, filter);
  if (stop_on_signals().urgent) end_at_once(options, world.rank(), state.run, *lock);
  file.close();
  agree(world, [&] { check_owned(options, *lock); });

  int code = 0;
  agree(world, [&] {
    if (world.rank() == 0) code = static_cast<int>(concluded(options, experiment.plan, outcome, state.run));
  });
  mpi::broadcast(world, code, 0);
  return static_cast<ExitCode>(code);
}

}  // namespace espalier::app
