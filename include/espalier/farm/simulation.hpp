// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "espalier/farm/job_queue.hpp"

namespace espalier::farm {

/// What a simulated farm runs on; times in seconds. docs/scaling.md states where the numbers were measured.
struct Machine {
  std::size_t ranks = 1;
  std::size_t ranks_per_host = 64;
  double answer = 8.5e-6;       ///< of the coordinator, to receive and book an answer
  double assign = 8.5e-6;       ///< of the coordinator, to choose a job and send it
  double latency = 2e-5;        ///< of a message
  double nap = 1.06e-3;         ///< between two looks for messages
  double row = 2e-5;            ///< to mark a row as started and to write it
  double rows_per_second = 0;   ///< that the file system takes from all ranks together; 0: no limit
  double model = 1e-3;          ///< to read a model, where a rank takes a job of another affinity than its last
  double spread = 0;            ///< of a row: standard deviation of ln(seconds / predicted), lognormal with mean 1
  double straggler_share = 0;   ///< of the jobs, which take
  double straggler_factor = 1;  ///< times as long
  std::size_t slow_hosts = 0;   ///< on which everything takes
  double slow_factor = 1;       ///< times as long
};

/// Jobs, each after those that it needs.
struct Load {
  std::vector<Task> tasks;
  std::vector<std::size_t> rows;  ///< of the results file that each job writes
};

/// No schedule of jobs of known seconds ends sooner than any of these (s).
struct Bounds {
  double work = 0;     ///< all seconds, divided by the ranks
  double chain = 0;    ///< the longest chain of jobs that need each other
  double release = 0;  ///< for any moment before which a set of jobs cannot start: it, and the seconds of the set by the ranks
  double largest() const;
};

/// `seconds` on a rank of speed 1, `ranks` in units of such ranks, the fastest of speed 1. Needs of each job come before it.
Bounds bounds_of(const std::vector<Task>& tasks, const std::vector<double>& seconds, double ranks);

/// How a simulated farm went.
struct Simulated {
  double seconds = 0;           ///< until the coordinator knows that all jobs have ended
  Bounds bounds;                ///< for the seconds that were drawn
  double busy = 0;              ///< share of the ranks' time in jobs
  double coordinator_busy = 0;  ///< share of its time
  double most_messages = 0;     ///< in a second, the busiest one
};

/// Plays a farm with the dispatcher of the real one: random job times by Philox from `seed`, the same for any number of ranks.
Simulated simulate(const Load& load, const Machine& machine, std::uint64_t seed = 1);

}  // namespace espalier::farm
