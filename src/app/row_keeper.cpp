#include "app/row_keeper.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/mpi/environment.hpp>
#include <chrono>
#include <cstdlib>

#include "app/provenance.hpp"
#include "espalier/core/error.hpp"

namespace espalier::app {
namespace {

using namespace std::chrono_literals;

/// Where the user sets no limit, a row may take an hour or this many times its predicted time: an endless loop is found, and
/// nothing else is mistaken for one.
constexpr double least_limit = 3600, limit_factor = 100;
/// A row that does not even answer its pulse at this many times its limit hangs.
constexpr double hanging = 2;
/// What SIGUSR1 lets finish (a cell, an epoch) may take this long; batch scripts give two minutes.
constexpr double drain_patience = 30;
/// mpirun kills the ranks a second after SIGTERM; those that did not end by themselves until now go at once.
constexpr double urgent_patience = 0.6;
constexpr auto look_interval = 50ms;
/// A training's state is kept this often (s), and when it is stopped: epochs that are shorter are soon done again.
constexpr double keep_interval = 1;

template <typename Result>
Result over_time(double limit) {
  Result result;
  result.status = core::Status::failed;
  result.reason = core::Reason::time_limit;
  result.message = fmt::format("takes longer than {:.0f} s, and does not react", limit);
  result.seconds = limit;
  return result;
}

}  // namespace

RowKeeper::RowKeeper(record::ResultsFile& file, const core::Plan& plan, const std::vector<bool>& wanted, const StopRequest& stop,
                     const TimeLimits& limits)
    : file_(file), plan_(plan), wanted_(wanted), stop_(stop), limits_(limits) {
  watcher_ = std::jthread([this](const std::stop_token& over) { watch(over); });
}

template <typename Use>
auto RowKeeper::with_file(const Use& use) {
  const std::lock_guard lock(file_mutex_);
  return use();
}

run::Store RowKeeper::store() {
  return {.read_model = [this](std::size_t row) { return with_file([&] { return file_.read_model(row); }); },
          .start_model = [this](std::size_t row) { open(true, row); },
          .start_cell = [this](std::size_t row) { open(false, row); },
          .release_model = [this](std::size_t) { release(); },
          .release_cell = [this](std::size_t) { release(); },
          .write_model =
              [this](std::size_t row, const core::ModelResult& result) {
                with_file([&] {
                  file_.write_model(row, result);
                  open_.reset();
                });
              },
          .write_cell =
              [this](std::size_t row, const core::CellResult& result) {
                with_file([&] {
                  file_.write_cell(row, result);
                  open_.reset();
                });
              },
          .read_checkpoint = [this](std::size_t row) { return with_file([&] { return file_.read_checkpoint(row); }); },
          .write_checkpoint = [this](std::size_t row, const auto& state) { keep(row, state); },
          .wanted = [this](std::size_t row) { return static_cast<bool>(wanted_[row]); },
          .stop = [this] { return stop_.asked || time_is_up(); },
          .pulse = [this] { pulse(); },
          .seconds = [] { return now(); }};
}

void RowKeeper::open(bool model, std::size_t row) {
  const double predicted = model ? plan_.models[row].cost : plan_.cells[row].cost;
  const double limit = limits_.row > 0 ? limits_.row : std::max(least_limit, limit_factor * predicted);
  with_file([&] {
    model ? file_.start_model(row) : file_.start_cell(row);
    open_ = Open{model, row, now(), limit};
  });
}

void RowKeeper::release() {
  with_file([&] {
    give_back(*open_);
    open_.reset();
  });
}

void RowKeeper::give_back(const Open& row) { row.model ? file_.release_model(row.row) : file_.release_cell(row.row); }

// Only the main thread, whom the pulse belongs to, writes open_.
void RowKeeper::pulse() {
  const double time = now();
  if (open_ && time - open_->start > open_->limit) throw core::TimeLimit(fmt::format("takes longer than {:.0f} s", open_->limit));
  if (time_is_up()) throw core::Stopped("the walltime is over");
  if (!stop_.asked) return;
  if (drain_end_ == 0) drain_end_ = time + drain_patience;
  if (stop_.urgent || time > drain_end_) throw core::Stopped("asked to stop at once");
}

bool RowKeeper::time_is_up() const { return limits_.end > 0 && now() > limits_.end; }

void RowKeeper::keep(std::size_t model, const std::function<std::vector<std::byte>()>& state) {
  if (!file_.keeps_checkpoint(model) || (now() - kept_ < keep_interval && !stop_.asked && !time_is_up())) return;
  with_file([&] { file_.write_checkpoint(model, state()); });
  kept_ = now();
}

void RowKeeper::watch(const std::stop_token& over) {
  for (double urgent_since = 0; !over.stop_requested(); std::this_thread::sleep_for(look_interval)) look(urgent_since);
}

void RowKeeper::look(double& urgent_since) {
  const double time = now();
  if (stop_.urgent && urgent_since == 0) urgent_since = time;
  if (urgent_since > 0 && time - urgent_since > urgent_patience) end_in_haste();
  const std::unique_lock lock(file_mutex_, look_interval);
  if (lock && open_ && time - open_->start > hanging * open_->limit) give_up(*open_);
}

/// The main thread is at work in the row, not in the file: the mutex says so.
void RowKeeper::end_in_haste() {
  const std::unique_lock lock(file_mutex_, 200ms);
  if (lock && open_) give_back(*open_);
  std::_Exit(static_cast<int>(core::ExitCode::stopped));
}

void RowKeeper::give_up(const Open& row) {
  if (row.model)
    file_.write_model(row.row, over_time<core::ModelResult>(row.limit));
  else
    file_.write_cell(row.row, over_time<core::CellResult>(row.limit));
  fmt::print(
      stderr,
      "espalier: {} does not end within {:.0f} s and is marked as failed; the run ends here, the same command resumes it\n",
      name(row), row.limit);
  std::fflush(stderr);
  boost::mpi::environment::abort(static_cast<int>(core::ExitCode::broken));
  std::abort();
}

std::string RowKeeper::name(const Open& row) const {
  return row.model ? "model " + plan_.models[row.row].id : "cell " + plan_.cells[row.row].id;
}

}  // namespace espalier::app
