// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace espalier::record {

/// What one rank of the last run did and does.
struct RankActivity {
  double busy = 0;       ///< seconds in rows that it finished
  std::size_t rows = 0;  ///< cells and models that it finished
  std::string now;       ///< perturbation that it evaluates, or "training"; empty: nothing that the file knows of
  double since = 0;      ///< seconds since 1970
};

/// Rows of one kind of work, over all runs.
struct WorkSoFar {
  std::size_t done = 0, left = 0;
  double seconds = 0, squares = 0;  ///< sums over the rows done: s, s^2
};

struct Activity {
  bool live = false;                      ///< a run holds the file now
  double active = 0;                      ///< seconds that the last run computed, as far as is known
  std::vector<RankActivity> ranks;        ///< of the last run
  std::map<std::string, WorkSoFar> work;  ///< "training", and each perturbation with its noise
  std::size_t seeds = 0;                  ///< different seeds of the cells
  std::size_t seeds_complete = 0;         ///< those of which every cell has ended
  std::size_t done_lately = 0;            ///< cells written in the last `lately` seconds
  double last_written = 0;                ///< when the last row of the last run was written, seconds since 1970
};

/// What the ranks do and how long each kind of work takes; `now` in seconds since 1970. Works while a run is active.
Activity read_activity(const std::filesystem::path& path, double now, double lately);

}  // namespace espalier::record
