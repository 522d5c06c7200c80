// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/stop_signal.hpp"
#include "espalier/core/job.hpp"
#include "espalier/core/plan.hpp"
#include "espalier/record/lock.hpp"
#include "espalier/record/results_file.hpp"
#include "espalier/run/run_job.hpp"

namespace espalier::app {

/// Called before a process ends without destructors, while nothing else uses the file.
using LastWords = std::function<void()>;

struct TimeLimits {
  double row = 0;  ///< seconds that a row may take; 0: by its predicted time
  double end = 0;  ///< when all work ends, by running_seconds(); 0: never
};

/// Ties the jobs of this rank to the rows of the results file, and ends the current row in time: at its time limit, after a
/// requested stop, and when the file is no longer this run's. A separate thread handles rows that do not react.
class RowKeeper {
 public:
  /// `wanted`: cells that this run evaluates. All must outlive this. Requests a stop itself when the file is lost.
  RowKeeper(record::ResultsFile& file, record::Lock& lock, const core::Plan& plan, const std::vector<bool>& wanted,
            StopRequest& stop, const TimeLimits& limits, LastWords last_words);

  /// What the jobs see of it; valid as long as this.
  run::Store store();

 private:
  /// The row that the main thread computes.
  struct Open {
    core::Work work = core::Work::evaluate;
    std::size_t row = 0;
    double start = 0, limit = 0;  ///< seconds, start by running_seconds()
  };

  template <typename Use>
  auto with_file(const Use& use);
  void open(core::Work work, std::size_t row);
  void mark_started(const Open& row);
  double predicted(const Open& row) const;
  void release();
  void give_back(const Open& row);
  void check_cancelled();
  bool time_is_up() const;
  void keep(std::size_t model, const std::function<std::vector<std::byte>()>& state);
  void watch(const std::stop_token& over);
  void look(double& urgent_since);
  void check_file(double time);
  [[noreturn]] void end_in_haste();
  [[noreturn]] void give_up(const Open& hanging);
  void write_over_time(const Open& row);
  std::string name(const Open& row) const;

  record::ResultsFile& file_;
  record::Lock& lock_;
  const core::Plan& plan_;
  const std::vector<bool>& wanted_;
  StopRequest& stop_;
  TimeLimits limits_;
  LastWords last_words_;
  double kept_ = 0;        ///< when the last state of a training was kept
  double checked_ = 0;     ///< when the watcher last checked that the file is this run's
  double drain_end_ = 0;   ///< when what is at hand is dropped after all; 0: nobody asked to stop
  std::mutex file_mutex_;  ///< guards file_ and open_; a timed one would hide its locks from the thread sanitizer
  std::optional<Open> open_;
  std::jthread watcher_;  ///< last: joined before what it looks at goes
};

}  // namespace espalier::app
