// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <vector>

#include "espalier/core/random.hpp"
#include "espalier/farm/job_queue.hpp"

namespace fixtures {

using espalier::core::Random;
using espalier::farm::Task;

/// 1 to 60 jobs, some finished, some that run alone; each needs a few of those before it.
inline std::vector<Task> random_tasks(Random& random) {
  std::vector<Task> tasks(1 + random.below(60));
  for (std::size_t job = 0; job < tasks.size(); ++job) {
    tasks[job].cost = random.uniform(0, 3);
    tasks[job].affinity = random.below(5);
    for (std::size_t need = 0; need < job; ++need)
      if (random.coin(0.08)) tasks[job].needs.push_back(need);
    tasks[job].finished = random.coin(0.15);
    tasks[job].alone = random.coin(0.1);
  }
  return tasks;
}

/// By recursion over the definition: the cost of a job and of the longest chain that waits for it.
inline double chain_by_hand(const std::vector<Task>& tasks, std::size_t job) {
  double after = 0;
  for (std::size_t next = 0; next < tasks.size(); ++next)
    if (std::ranges::find(tasks[next].needs, job) != tasks[next].needs.end()) after = std::max(after, chain_by_hand(tasks, next));
  return after + (tasks[job].finished ? 0 : tasks[job].cost);
}

}  // namespace fixtures
