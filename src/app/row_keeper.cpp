// SPDX-License-Identifier: BSD-3-Clause
#include "app/row_keeper.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/mpi/environment.hpp>
#include <chrono>
#include <cstdlib>
#include <new>
#include <utility>

#include "app/console.hpp"
#include "app/running_clock.hpp"
#include "espalier/core/error.hpp"

namespace espalier::app {
namespace {

using namespace std::chrono_literals;

/// Where the user sets no limit, a row may take an hour or this many times its predicted time: an endless loop is found, and
/// nothing else is mistaken for one.
constexpr double least_limit = 3600, limit_factor = 100;
/// A row that does not even answer its check_cancelled at this many times its limit hangs.
constexpr double hanging = 2;
/// What SIGUSR1 lets finish (a cell, an epoch) may take this long; batch scripts give two minutes.
constexpr double drain_patience = 30;
/// mpirun kills the ranks a second after SIGTERM, and all of them as soon as one has ended: a rank whose job does not end by
/// itself gives its row back early, and stays until the others had time to do the same.
constexpr double urgent_patience = 0.3;
constexpr auto last_wait = 300ms;
constexpr auto look_interval = 50ms;
/// A training's state is kept this often (s), and when it is stopped: epochs that are shorter are soon done again.
constexpr double keep_interval = 1;
/// The watcher checks this often (s) that the results file is still there under its name.
constexpr double check_interval = 1;

template <typename Result>
Result over_time(double limit) {
  Result result;
  result.status = core::Status::failed;
  result.reason = core::Reason::time_limit;
  result.message = fmt::format("exceeds {:.0f} s and does not respond", limit);
  result.seconds = limit;
  return result;
}

}  // namespace

RowKeeper::RowKeeper(record::ResultsFile& file, record::Lock& lock, const core::Plan& plan, const std::vector<bool>& wanted,
                     StopRequest& stop, const TimeLimits& limits, LastWords last_words)
    : file_(file), lock_(lock), plan_(plan), wanted_(wanted), stop_(stop), limits_(limits), last_words_(std::move(last_words)) {
  watcher_ = std::jthread([this](const std::stop_token& over) { watch(over); });
}

// A model that does not fit into memory fails its cells, as any other lack of memory does.
template <typename Use>
auto RowKeeper::with_file(const Use& use) {
  const std::lock_guard lock(file_mutex_);
  try {
    return use();
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    throw core::StoreFailure(error.what());
  }
}

run::Store RowKeeper::store() {
  const auto opens = [this](core::Work work) { return [this, work](std::size_t row) { open(work, row); }; };
  const auto releases = [this](std::size_t) { release(); };
  const auto reads = [this](auto read) {
    return [this, read](std::size_t row) { return with_file([&] { return (file_.*read)(row); }); };
  };
  const auto writes = [this](auto write) {
    return [this, write](std::size_t row, const auto& result) {
      with_file([&] {
        (file_.*write)(row, result);
        open_.reset();
      });
    };
  };
  using File = record::ResultsFile;
  return {.read_model = reads(&File::read_model),
          .read_fit = reads(&File::read_fit),
          .read_tail = reads(&File::read_tail),
          .start_model = opens(core::Work::train),
          .start_fit = opens(core::Work::fit),
          .start_tail = opens(core::Work::retrain),
          .start_cell = opens(core::Work::evaluate),
          .release_model = releases,
          .release_fit = releases,
          .release_tail = releases,
          .release_cell = releases,
          .write_model = writes(&File::write_model),
          .write_fit = writes(&File::write_fit),
          .write_tail = writes(&File::write_tail),
          .write_cell = writes(&File::write_cell),
          .read_checkpoint = reads(&File::read_checkpoint),
          .write_checkpoint = [this](std::size_t row, const auto& state) { keep(row, state); },
          .wanted = [this](std::size_t row) { return static_cast<bool>(wanted_[row]); },
          .stop = [this] { return stop_.asked || time_is_up(); },
          .check_cancelled = [this] { check_cancelled(); },
          .seconds = running_seconds};
}

double RowKeeper::predicted(const Open& row) const {
  switch (row.work) {
    case core::Work::train:
      return plan_.models[row.row].cost;
    case core::Work::fit:
      return plan_.fits[row.row].cost;
    case core::Work::retrain:
      return plan_.tails[row.row].cost;
    case core::Work::evaluate:
      return plan_.cells[row.row].cost;
  }
  return 0;
}

void RowKeeper::open(core::Work work, std::size_t row) {
  Open opened{.work = work, .row = row};
  opened.limit = limits_.row > 0 ? limits_.row : std::max(least_limit, limit_factor * predicted(opened));
  with_file([&] {
    mark_started(opened);
    opened.start = running_seconds();
    open_ = opened;
  });
}

void RowKeeper::mark_started(const Open& row) {
  switch (row.work) {
    case core::Work::train:
      return file_.start_model(row.row);
    case core::Work::fit:
      return file_.start_fit(row.row);
    case core::Work::retrain:
      return file_.start_tail(row.row);
    case core::Work::evaluate:
      return file_.start_cell(row.row);
  }
}

void RowKeeper::release() {
  with_file([&] {
    give_back(*open_);
    open_.reset();
  });
}

void RowKeeper::give_back(const Open& row) {
  switch (row.work) {
    case core::Work::train:
      return file_.release_model(row.row);
    case core::Work::fit:
      return file_.release_fit(row.row);
    case core::Work::retrain:
      return file_.release_tail(row.row);
    case core::Work::evaluate:
      return file_.release_cell(row.row);
  }
}

// Only the main thread, which calls the check_cancelled, writes open_.
void RowKeeper::check_cancelled() {
  const double time = running_seconds();
  if (open_ && time - open_->start > open_->limit) throw core::TimeLimit(fmt::format("exceeds {:.0f} s", open_->limit));
  if (time_is_up()) throw core::Stopped("the walltime has ended");
  if (!stop_.asked) return;
  if (drain_end_ == 0) drain_end_ = time + drain_patience;
  if (stop_.urgent || time > drain_end_) throw core::Stopped("stop requested");
}

bool RowKeeper::time_is_up() const { return limits_.end > 0 && running_seconds() > limits_.end; }

void RowKeeper::keep(std::size_t model, const std::function<std::vector<std::byte>()>& state) {
  if (!file_.keeps_checkpoint(model) || (running_seconds() - kept_ < keep_interval && !stop_.asked && !time_is_up())) return;
  with_file([&] { file_.write_checkpoint(model, state()); });
  kept_ = running_seconds();
}

void RowKeeper::watch(const std::stop_token& over) {
  for (double urgent_since = 0; !over.stop_requested(); std::this_thread::sleep_for(look_interval)) look(urgent_since);
}

void RowKeeper::look(double& urgent_since) {
  const double time = running_seconds();
  check_file(time);
  if (launcher_has_ended()) stop_.asked = stop_.urgent = true;
  if (stop_.urgent && urgent_since == 0) urgent_since = time;
  if (urgent_since > 0 && time - urgent_since > urgent_patience) end_in_haste();
  const std::unique_lock lock(file_mutex_, std::try_to_lock);  // else the main thread is in the file, and does not hang
  if (lock && open_ && time - open_->start > hanging * open_->limit) give_up(*open_);
}

// What the run still writes reaches the renamed file; a file that was removed or that another run owns gets no more rows.
void RowKeeper::check_file(double time) {
  if (time - checked_ < check_interval || stop_.asked) return;
  checked_ = time;
  if (!lock_.lost().empty()) stop_.asked = true;
}

/// The main thread is at work in the row, not in the file: the mutex says so.
void RowKeeper::end_in_haste() {
  std::unique_lock lock(file_mutex_, std::defer_lock);
  for (int i = 0; i < 20 && !lock.try_lock(); ++i) std::this_thread::sleep_for(10ms);
  if (lock && open_) give_back(*open_);
  if (lock) last_words_();
  std::this_thread::sleep_for(last_wait);
  lock_.release_name();
  std::_Exit(static_cast<int>(core::ExitCode::stopped));
}

void RowKeeper::give_up(const Open& row) {
  write_over_time(row);
  print_to(stderr,
           "espalier: {} does not end within {:.0f} s and is marked as failed; the run ends, resume it with the same command\n",
           name(row), row.limit);
  std::fflush(stderr);
  boost::mpi::environment::abort(static_cast<int>(core::ExitCode::broken));
  std::abort();
}

void RowKeeper::write_over_time(const Open& row) {
  switch (row.work) {
    case core::Work::train:
      return file_.write_model(row.row, over_time<core::ModelResult>(row.limit));
    case core::Work::fit:
      return file_.write_fit(row.row, over_time<core::FitResult>(row.limit));
    case core::Work::retrain:
      return file_.write_tail(row.row, over_time<core::TailResult>(row.limit));
    case core::Work::evaluate:
      return file_.write_cell(row.row, over_time<core::CellResult>(row.limit));
  }
}

std::string RowKeeper::name(const Open& row) const {
  switch (row.work) {
    case core::Work::train:
      return "model " + plan_.models[row.row].id;
    case core::Work::fit:
      return "fit " + plan_.fits[row.row].id;
    case core::Work::retrain:
      return "tail " + plan_.tails[row.row].id;
    case core::Work::evaluate:
      return "cell " + plan_.cells[row.row].id;
  }
  return "";
}

}  // namespace espalier::app
