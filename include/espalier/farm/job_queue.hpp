#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace espalier::farm {

/// What the queue knows of a job: how long it may take, which jobs it waits for, and what it shares with others.
struct Task {
  double cost = 0;
  std::vector<std::size_t> needs;
  std::size_t affinity = 0;  ///< jobs of equal affinity read the same model: given to the rank that had it last
  bool finished = false;     ///< nothing to do: was done by an earlier run
};

/// Which job to hand out next. Pure: no MPI, no clock; simulated in its test.
/// Ready jobs go out so that the longest remaining chain starts first; among equals, a rank keeps its model.
class JobQueue {
 public:
  explicit JobQueue(std::vector<Task> tasks);

  /// The next job for `rank`, or nothing when none is ready now. The job counts as running until finish().
  std::optional<std::size_t> take(int rank);
  /// Job `job` ended, well or not: what waits for it becomes ready.
  void finish(std::size_t job);
  /// Job `job` was not run after all (a stop): it becomes ready again.
  void give_back(std::size_t job);

  bool all_finished() const;
  std::size_t running() const;

 private:
  struct State;
  std::vector<Task> tasks_;
  std::vector<std::vector<std::size_t>> waiting_for_;
  std::vector<std::size_t> missing_;
  std::vector<double> chain_;  ///< seconds to the end of the longest chain through the job
  std::vector<std::size_t> ready_;
  std::vector<std::size_t> last_affinity_;
  std::size_t finished_ = 0;
  std::size_t running_ = 0;
};

}  // namespace espalier::farm
