// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <boost/mpi/communicator.hpp>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "espalier/farm/job_queue.hpp"

namespace espalier::farm {

/// How the farm stands; given to the observer on rank 0, from the coordinator's thread, at every finished job and about
/// once a second.
struct Progress {
  std::span<const std::size_t> ended;  ///< the jobs that ended in this farm, in order; valid during the call
  std::size_t running = 0;
  std::size_t failed = 0;
};

/// What a job came to.
struct Answer {
  /// Implicit, so that a job that has no value may just say whether it is done.
  Answer(bool is_done, double value_of_job = 0) : done(is_done), value(value_of_job) {}
  bool done;     ///< false: a row failed
  double value;  ///< for Work::release
};

/// What a rank does with a job and what the rest of the program wants to know.
struct Work {
  std::function<Answer(std::size_t job)> run{};    ///< on every rank's main thread; may throw core::Stopped
  std::function<void(const Progress&)> observe{};  ///< on rank 0 only
  /// On rank 0 only, from the coordinator's thread: the held jobs that are needed now that `job` ended with `value`.
  std::function<std::vector<std::size_t>(std::size_t job, double value)> release{};
  const std::atomic<bool>* stop = nullptr;  ///< set by a signal handler: hand out nothing more
  double seconds_left = 0;                  ///< start nothing whose first result would come later; 0: no limit
  std::function<double()> clock{};          ///< seconds, on rank 0; empty: a monotonic clock
  std::size_t max_failures = 0;             ///< hand out nothing more after this many failed jobs; 0: no limit
};

/// What came of a farm; the same on every rank.
struct Outcome {
  std::size_t failed = 0;  ///< jobs with a failed row
  bool stopped = false;    ///< before all jobs were finished: by the flag, by core::Stopped, or for want of time
};

/// Runs all tasks that are needed on all ranks of `world`. Collective: every rank calls it with the same tasks. The coordinator
/// is a thread of rank 0 on a duplicated communicator, and rank 0 computes too; both sides wait by polling with a short sleep.
/// Needs MPI_THREAD_MULTIPLE. An exception other than core::Stopped out of Work::run ends the whole MPI job with its text.
Outcome run_farm(const boost::mpi::communicator& world, const std::vector<Task>& tasks, const Work& work);

}  // namespace espalier::farm
