// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "espalier/farm/job_queue.hpp"
#include "farm/pace.hpp"

namespace espalier::farm {

/// What ends a farm before its jobs are finished.
struct Limits {
  double seconds_left = 0;       ///< start nothing whose first result would come later; 0: no limit
  std::size_t max_failures = 0;  ///< start nothing more after this many failed jobs; 0: no limit
};

/// The decisions of the farm: which job goes to which rank, how many in advance, and when nothing more starts. Pure: no MPI, no
/// clock. The coordinator drives it with messages, the simulation with events; times are seconds since the farm began.
/// An answer and an assignment take O(log n) for n jobs and ranks.
class Dispatcher {
 public:
  struct Assignment {
    std::size_t rank = 0, job = 0;
  };

  Dispatcher(const std::vector<Task>& tasks, std::size_t ranks, const Limits& limits);

  /// The next job to send: idle ranks first, then those that will soon be idle. Nothing when none is ready, fits or may be taken.
  std::optional<Assignment> next(double time);
  /// `rank` ended `job`; `failed`: with a failed row.
  void done(std::size_t rank, std::size_t job, bool failed, double time);
  /// `rank` was asked to stop and did not run `job`.
  void returned(std::size_t rank, std::size_t job);
  /// `rank` takes no more; what it had in advance was not run.
  void left(std::size_t rank);
  /// A job that is held is needed after all.
  void release(std::size_t job) { queue_.release(job); }
  void stop() { stop_ = true; }

  /// After the last call of next(): a farm whose time is too short for any job that is left counts as stopped.
  void stop_without_time();

  /// Nothing more starts.
  bool is_over() const;
  bool everyone_left() const { return left_ == ranks_.size(); }
  bool stopped() const { return stop_ && !queue_.all_finished(); }
  std::size_t failed() const { return failed_; }
  std::size_t busy() const { return busy_; }                     ///< ranks with a job
  std::span<const std::size_t> ended() const { return ended_; }  ///< jobs, in the order in which they ended

 private:
  struct Rank {
    std::vector<std::size_t> held;  ///< the job that it runs, and those that it has in advance
    double cost = 0;                ///< predicted, of the held jobs (s)
    double since = 0;               ///< when it began the job that it runs
    double mean = -1;               ///< running mean of the seconds between its answers; negative: not known
    bool gone = false;
  };

  bool may_take(const Rank& rank) const;
  bool fits(const Task& task, double time) const;
  void take_from(std::size_t rank, std::size_t job);
  /// Changes a rank and keeps `open_` and `busy_` in line.
  template <typename Change>
  void change(std::size_t rank, Change change);

  Limits limits_;
  JobQueue queue_;
  std::vector<Rank> ranks_;
  std::set<std::pair<std::size_t, std::size_t>> open_;  ///< (held jobs, rank) of the ranks that may take a job
  std::size_t busy_ = 0, left_ = 0, failed_ = 0;
  Pace pace_;
  std::vector<std::size_t> ended_;
  bool stop_ = false;
};

}  // namespace espalier::farm
