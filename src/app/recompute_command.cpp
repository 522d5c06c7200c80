// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <boost/mpi/collectives.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>
#include <functional>
#include <map>
#include <optional>

#include "app/agenda.hpp"
#include "app/agree.hpp"
#include "app/agreed_start.hpp"
#include "app/commands.hpp"
#include "app/console.hpp"
#include "app/differences.hpp"
#include "app/progress_line.hpp"
#include "app/provenance.hpp"
#include "app/recomputation.hpp"
#include "app/running_clock.hpp"
#include "app/selection.hpp"
#include "app/stop_signal.hpp"
#include "espalier/core/failure.hpp"
#include "espalier/farm/farm.hpp"
#include "espalier/record/lock.hpp"

namespace espalier::app {
namespace {

namespace mpi = boost::mpi;
using core::ExitCode;
using core::Status;

/// Refuses a file of another plan or other data. Another build may compare, but not replace.
void check_file(const Options& options, const AgreedStart& start) {
  check_same_plan(options.file, start.experiment.plan);
  const bool any_build = options.accept_build_change || !options.replace;
  record::check_resumable(options.file, start.experiment.plan, start.run, any_build);
}

/// A state of the file in which nothing but the selected finished cells is to do.
FileState chosen_state(const Options& options, const core::Plan& plan) {
  const Selection selection(options.recompute, plan, "--recompute");
  const record::Progress progress = record::read_progress(options.file);
  const auto rows = [](std::size_t count) {
    return FileState::Rows{std::vector<std::uint8_t>(count, static_cast<std::uint8_t>(Status::done)),
                           std::vector<std::uint8_t>(count, 0), std::vector<std::uint8_t>(count, 0)};
  };
  FileState state{0, rows(plan.models.size()), rows(plan.fits.size()), rows(plan.tails.size()), rows(plan.cells.size())};
  for (std::size_t row = 0; row < plan.cells.size(); ++row)
    if (progress.cells[row] == Status::done && selection.contains(plan.cells[row]))
      state.cells.status[row] = static_cast<std::uint8_t>(Status::to_do);
  return state;
}

/// The same on all ranks, whatever another run writes meanwhile.
Agenda agreed_agenda(const Options& options, const Experiment& experiment, const mpi::communicator& world) {
  FileState state;
  agree(world, [&] { state = chosen_state(options, experiment.plan); });
  mpi::broadcast(world, state.cells.status, 0);
  Agenda agenda;
  agree(world, [&] {
    agenda = agenda_of(options, experiment, state, static_cast<std::size_t>(world.size()));
    if (std::ranges::find(agenda.wanted, true) == agenda.wanted.end())
      throw core::UserError(
          fmt::format("{}: no finished cell is selected by --recompute; see espalier status {}", options.file, options.file));
  });
  return agenda;
}

/// What came of the cells, over all ranks.
struct Comparison {
  std::size_t cells = 0, different = 0;
  bool stopped = false;
  std::map<std::size_t, core::CellResult> results{};  ///< that differ, of this rank
};

farm::Outcome run_jobs(const Options& options, const Experiment& experiment, const Agenda& agenda, Recomputation& again,
                       const mpi::communicator& world) {
  StopRequest& stop = stop_on_signals();
  run::Store store = again.stored_store();
  store.wanted = [&](std::size_t row) { return static_cast<bool>(agenda.wanted[row]); };
  store.stop = [&] { return stop.asked.load(); };
  store.check_cancelled = [&] {
    if (stop.urgent) throw core::Stopped("stop requested");
  };
  run::Runner runner(
      experiment.plan, [&](const std::string& name) { return load(experiment, name); }, std::move(store));
  std::vector<bool> pending;
  for (const farm::Task& task : agenda.tasks) pending.push_back(!task.finished);
  ProgressLine line(agenda.jobs, pending, options.quiet || world.rank() != 0);
  const farm::Work work{.run = [&](std::size_t job) { return runner.run(agenda.jobs[job]); },
                        .observe = [&](const farm::Progress& p) { line.show(p.ended, p.running, p.failed); },
                        .stop = &stop.asked,
                        .clock = running_seconds};
  const farm::Outcome outcome = farm::run_farm(world, agenda.tasks, work);
  line.end();
  return outcome;
}

/// Computes the cells with the stored models, fits and tails. Rank 0 prints which of them differ.
Comparison compare(const Options& options, const Experiment& experiment, const Agenda& agenda, const mpi::communicator& world) {
  Recomputation again(options.file, experiment.plan);
  Comparison out;
  out.stopped = run_jobs(options, experiment, agenda, again, world).stopped;
  std::vector<std::vector<std::string>> differing;
  mpi::gather(world, again.differing(), differing, 0);
  for (const std::vector<std::string>& rows : differing)
    for (const std::string& row : rows) print_to(stderr, "different result: {}\n", row);
  out.cells = mpi::all_reduce(world, again.cells(), std::plus<>());
  out.different = mpi::all_reduce(world, again.differing().size(), std::plus<>());
  out.results = again.differing_cells();
  return out;
}

/// Writes the cells that differ, but for those that fail now; gives their number. Collective.
std::size_t replace(const Options& options, const AgreedStart& start, const Comparison& found, const mpi::communicator& world) {
  const Experiment& experiment = start.experiment;
  const record::WrittenBy writer = agreed_writer(options, world, start.hosts.size());
  int run = 0;
  agree(world, [&] {
    if (world.rank() == 0) run = record::begin_run(options.file, start.run);
  });
  mpi::broadcast(world, run, 0);
  record::ResultsFile file(options.file, world, run, experiment.plan, experiment.layout, writer);
  std::size_t written = 0;
  for (const auto& [row, result] : found.results) {
    if (result.status != Status::done) continue;
    file.write_cell(row, result);
    ++written;
  }
  file.close();
  agree(world, [&] {
    if (world.rank() == 0) record::end_run(options.file, run, {now(), running_seconds(), static_cast<int>(ExitCode::disagree)});
  });
  return mpi::all_reduce(world, written, std::plus<>());
}

}  // namespace

ExitCode recompute_command(const Options& options, const mpi::communicator& world) {
  stop_on_signals();
  const AgreedStart start = agreed_start(options, world);
  std::optional<record::Lock> lock;
  agree(world, [&] {
    if (world.rank() != 0) return;
    check_file(options, start);
    if (options.replace) lock.emplace(record::Lock::take(options.file, {.active = running_seconds}));
  });
  agree(world, [&] {
    if (world.rank() != 0 && options.replace) lock.emplace(record::Lock::join(options.file));
  });
  const Agenda agenda = agreed_agenda(options, start.experiment, world);
  const Comparison found = compare(options, start.experiment, agenda, world);
  const bool speaks = world.rank() == 0 && !options.quiet;
  if (speaks)
    print_to(stdout, "{}: computed {} finished cells again: {} equal, {} different\n", options.file, found.cells,
             found.cells - found.different, found.different);
  if (found.stopped) {
    if (world.rank() == 0) print_to(stderr, "stopped early; nothing was replaced; run the same command again\n");
    return ExitCode::stopped;
  }
  if (found.different == 0) return ExitCode::done;
  if (!options.replace) return ExitCode::disagree;
  const std::size_t replaced = replace(options, start, found, world);
  if (speaks) print_to(stdout, "{}: replaced {} results\n", options.file, replaced);
  return ExitCode::disagree;
}

}  // namespace espalier::app
