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
/// A row that does not even call its cancellation check at this many times its limit hangs.
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

core::AnyResult over_time(core::Work work, double limit) {
  const core::WorkResult failed{core::Status::failed, core::Reason::time_limit,
                                fmt::format("exceeds {:.0f} s and does not respond", limit), limit};
  core::AnyResult any = core::empty_result(work);
  std::visit([&](core::WorkResult& result) { result = failed; }, any);
  return any;
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
  return {.read = [this](core::RowRef ref) { return with_file([&] { return file_.read(ref); }); },
          .start = [this](core::RowRef ref) { open(ref); },
          .release = [this](core::RowRef) { release(); },
          .write =
              [this](std::size_t row, const core::AnyResult& result) {
                with_file([&] {
                  file_.write(row, result);
                  open_.reset();
                });
              },
          .read_checkpoint = [this](std::size_t row) { return with_file([&] { return file_.read_checkpoint(row); }); },
          .write_checkpoint = [this](std::size_t row, const auto& state) { keep(row, state); },
          .wanted = [this](std::size_t row) { return static_cast<bool>(wanted_[row]); },
          .stop = [this] { return stop_.asked || time_is_up(); },
          .check_cancelled = [this] { check_cancelled(); },
          .seconds = running_seconds};
}

void RowKeeper::open(core::RowRef ref) {
  const double limit = limits_.row > 0 ? limits_.row : std::max(least_limit, limit_factor * core::cost_of(plan_, ref));
  with_file([&] {
    file_.start(ref);
    open_ = Open{.ref = ref, .start = running_seconds(), .limit = limit};
  });
}

void RowKeeper::release() {
  with_file([&] {
    file_.release(open_->ref);
    open_.reset();
  });
}

// Only the main thread, which calls the cancellation check, writes open_.
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
  if (lock && open_) file_.release(open_->ref);
  if (lock) last_words_();
  std::this_thread::sleep_for(last_wait);
  lock_.release_name();
  std::_Exit(static_cast<int>(core::ExitCode::stopped));
}

void RowKeeper::give_up(const Open& row) {
  file_.write(row.ref.row, over_time(row.ref.work, row.limit));
  print_to(
      stderr,
      "espalier: {} {} does not end within {:.0f} s and is marked as failed; the run ends, resume it with the same command\n",
      core::noun(row.ref.work), core::id_of(plan_, row.ref), row.limit);
  std::fflush(stderr);
  boost::mpi::environment::abort(static_cast<int>(core::ExitCode::broken));
  std::abort();
}

}  // namespace espalier::app
