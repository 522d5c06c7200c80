// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <functional>
#include <numeric>

#include "espalier/farm/simulation.hpp"

namespace espalier::farm {

double Bounds::largest() const { return std::max({work, chain, release}); }

Bounds bounds_of(const std::vector<Task>& tasks, const std::vector<double>& seconds, double ranks) {
  Bounds bounds;
  std::vector<double> start(tasks.size(), 0);  // the earliest, on any number of ranks
  for (std::size_t job = 0; job < tasks.size(); ++job) {
    if (tasks[job].finished) continue;
    for (const std::size_t need : tasks[job].needs)
      if (!tasks[need].finished) start[job] = std::max(start[job], start[need] + seconds[need]);
    bounds.chain = std::max(bounds.chain, start[job] + seconds[job]);
  }
  std::vector<std::size_t> order(tasks.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t job) { return start[job]; });
  double later = 0;  // seconds of the jobs that start no sooner
  for (const std::size_t job : order) {
    if (tasks[job].finished) continue;
    later += seconds[job];
    bounds.release = std::max(bounds.release, start[job] + later / ranks);
  }
  bounds.work = later / ranks;
  return bounds;
}

}  // namespace espalier::farm
