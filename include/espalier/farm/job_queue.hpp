// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

namespace espalier::farm {

/// What the queue knows of a job: how long it may take, which jobs it waits for, and what it shares with others.
struct Task {
  double cost = 0;                   ///< predicted seconds on one core
  std::vector<std::size_t> needs{};  ///< jobs that must have ended before this one starts
  std::size_t affinity = 0;          ///< jobs of equal affinity read the same model: given to the rank that had it last
  bool finished = false;             ///< nothing to do: was done by an earlier run
  bool alone = false;                ///< may have brought runs down: is run last, and while nothing else runs
  double first = 0;                  ///< predicted seconds until its first result is safe (a cell, an epoch); at most cost
  std::size_t kind = 0;              ///< predictions of one kind err alike
  std::size_t images = 0;            ///< jobs of equal `images` share corrupted images: a rank prefers those it made last
  std::size_t seed = 0;              ///< place of its seed in the grid, equal for equal `images`: earlier ones are begun first
  bool held = false;                 ///< is left out unless JobQueue::release() asks for it
};

/// Which job to hand out next. Pure: no MPI, no clock; simulated in its test.
/// While there is plenty of work for all, chains that were begun are finished first, those of the rank's own model before
/// others, so that results come early; then come those of the rank's own images, then the earliest seed, so that a run that is
/// stopped has whole seeds. Towards the end the longest remaining chain goes first [Graham 1969], and a rank keeps its model only
/// among chains of like length.
/// Jobs that run alone wait until no other is ready or running: if the run dies then, the cause is known.
/// The choice depends on what is ready and left, not on the order in which it became so. It takes O(log n) for n ready jobs; O(n)
/// where the choice does not fit, and among jobs that run alone.
class JobQueue {
 public:
  /// Throws std::invalid_argument when a job needs one that is not there, or waits for itself.
  explicit JobQueue(std::vector<Task> tasks);

  /// The next job for `rank` (>= 0) among those that `fits` lets pass (empty: all), or nothing when none is ready now. The job
  /// counts as running until finish().
  std::optional<std::size_t> take(int rank, const std::function<bool(const Task&)>& fits = {});
  /// Job `job` ended, well or not: what waits for it becomes ready. Throws std::logic_error when it was not running.
  void finish(std::size_t job);
  /// Job `job` was not run after all (a stop): it becomes ready again. Throws std::logic_error when it was not running.
  void give_back(std::size_t job);

  /// Job `job` is needed after all, and with it what it needs; nothing where it is not held.
  void release(std::size_t job);

  /// Whether nothing is left to do, but for jobs that are held.
  bool all_finished() const { return finished_ + held_ == tasks_.size(); }
  std::size_t size() const { return tasks_.size(); }
  std::size_t finished() const { return finished_; }
  std::size_t running() const { return running_; }
  const Task& task(std::size_t job) const { return tasks_.at(job); }

 private:
  enum class State : std::uint8_t { waiting, ready, running, finished };
  /// Ready jobs in the order of before() or earlier(); jobs that are no longer ready are dropped when they come up.
  struct Heap {
    bool by_seed = false;
    std::vector<std::size_t> jobs{};
  };
  /// Jobs that need none and jobs of chains that were begun.
  using Heaps = std::array<Heap, 2>;
  using Fits = std::function<bool(const Task&)>;

  void compute_chains();
  bool before(std::size_t a, std::size_t b) const;
  bool earlier(std::size_t a, std::size_t b) const;
  auto order(const Heap& heap) const;
  bool is_begun(std::size_t job) const { return !tasks_[job].needs.empty(); }
  void make_ready(std::size_t job);
  void push(Heap& heap, std::size_t job);
  std::optional<std::size_t> top(Heap& heap);
  std::optional<std::size_t> top(Heaps& heaps);
  bool is_relaxed(std::size_t longest) const;
  std::size_t best_of_ready(std::size_t rank, std::size_t longest);
  std::optional<std::size_t> best_of(const std::vector<std::size_t>& candidates, std::size_t rank);
  std::optional<std::size_t> search(std::size_t rank, bool lone, const Fits& fits);
  void end_running(std::size_t job, State state);

  std::vector<Task> tasks_;
  std::vector<State> state_;
  std::vector<std::vector<std::size_t>> dependents_;
  std::vector<std::size_t> missing_;        ///< per job: needs that have not ended
  std::vector<double> chain_;               ///< seconds to the end of the longest chain that starts with the job
  Heaps ready_;                             ///< without jobs that run alone, the longest chain first
  Heaps of_seeds_{Heap{true}, Heap{true}};  ///< the same jobs, the earliest seed first
  std::unordered_map<std::size_t, Heaps> of_affinity_, of_images_;
  std::size_t ready_count_ = 0;                   ///< without jobs that run alone
  std::vector<std::optional<std::size_t>> last_;  ///< per rank: the job that it took last
  bool lone_ = false;                             ///< a job that runs alone is running
  double remaining_ = 0;                          ///< predicted seconds of the jobs that were not handed out
  std::size_t finished_ = 0;
  std::size_t held_ = 0;
  std::size_t running_ = 0;
};

}  // namespace espalier::farm
