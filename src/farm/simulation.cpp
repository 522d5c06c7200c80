// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/farm/simulation.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <queue>
#include <tuple>

#include "espalier/core/random.hpp"
#include "farm/dispatcher.hpp"

namespace espalier::farm {
namespace {

/// The variance of ln of a sum of `n` equal lognormal terms of variance `variance`, taken as lognormal too [Fenton 1960].
double variance_of_sum(double variance, std::size_t n) {
  return std::log1p(std::expm1(variance) / static_cast<double>(std::max<std::size_t>(n, 1)));
}

std::vector<double> draw_seconds(const Load& load, const Machine& machine, std::uint64_t seed) {
  const std::vector<Task>& tasks = load.tasks;
  const core::Stream stream(seed, "simulated-seconds");
  std::vector<double> seconds;
  for (std::size_t job = 0; job < tasks.size(); ++job) {
    core::Random random = stream.random(job);
    const double variance = variance_of_sum(machine.spread * machine.spread, load.rows[job]);
    const double factor = std::exp(std::sqrt(variance) * random.gaussian() - variance / 2);
    seconds.push_back(tasks[job].cost * factor * (random.coin(machine.straggler_share) ? machine.straggler_factor : 1));
  }
  return seconds;
}

/// The first look at or after `time` of somebody who looks at `from` and after each nap.
double next_look(double from, double time, double nap) {
  return time <= from ? from : from + std::ceil((time - from) / nap) * nap;
}

/// Events in the order of time. The coordinator and the ranks behave as coordinator.cpp and worker.cpp do.
class Simulation {
 public:
  Simulation(const Load& load, const Machine& machine, std::uint64_t seed)
      : load_(load),
        machine_(machine),
        seconds_(draw_seconds(load, machine, seed)),
        dispatcher_(load.tasks, machine.ranks, {}),
        ranks_(machine.ranks) {}

  Simulated run();

 private:
  enum class What { look, computed, stored, heard };
  struct Event {
    double time = 0;
    std::size_t number = 0;  ///< of events at one time the smaller number is first
    What what = What::look;
    std::size_t rank = 0, job = 0;
    bool operator<(const Event& other) const { return std::tie(other.time, other.number) < std::tie(time, number); }
  };
  struct Letter {
    std::size_t job = 0;
    double arrival = 0;
  };
  struct Rank {
    std::deque<Letter> inbox;
    bool runs = false;
    double free = 0;  ///< since when it looks for messages
    std::size_t affinity = 0;
    bool has_model = false;
  };

  void add(double time, What what, std::size_t rank = 0, std::size_t job = 0) { events_.push({time, count_++, what, rank, job}); }
  double factor(std::size_t rank) const {
    return rank / machine_.ranks_per_host < machine_.slow_hosts ? machine_.slow_factor : 1;
  }
  void look(double time);
  void send(std::size_t rank, std::size_t job, double time);
  void start(std::size_t rank, double time);
  void store(const Event& computed);
  void answer(const Event& stored);
  void hear(const Event& event);
  void count_message(double time);

  const Load& load_;
  const Machine& machine_;
  std::vector<double> seconds_;  ///< per job
  Dispatcher dispatcher_;
  std::vector<Rank> ranks_;
  std::priority_queue<Event> events_;
  std::size_t count_ = 0;
  std::vector<Event> letters_;  ///< answers that the coordinator has not read
  bool will_look_ = false;
  double coordinator_free_ = 0, file_free_ = 0;
  double busy_ = 0, coordinator_busy_ = 0;
  std::vector<std::size_t> messages_;  ///< per second
};

Simulated Simulation::run() {
  look(0);
  while (!events_.empty()) {
    const Event event = events_.top();
    events_.pop();
    if (event.what == What::look) look(event.time);
    if (event.what == What::computed) store(event);
    if (event.what == What::stored) answer(event);
    if (event.what == What::heard) hear(event);
  }
  double speed = 0;
  for (std::size_t rank = 0; rank < ranks_.size(); ++rank) speed += 1 / factor(rank);
  Simulated out{.seconds = coordinator_free_, .bounds = bounds_of(load_.tasks, seconds_, speed)};
  if (out.seconds > 0) {
    out.busy = busy_ / (out.seconds * static_cast<double>(ranks_.size()));
    out.coordinator_busy = coordinator_busy_ / out.seconds;
  }
  if (!messages_.empty()) out.most_messages = static_cast<double>(std::ranges::max(messages_));
  return out;
}

void Simulation::look(double time) {
  will_look_ = false;
  double clock = time;
  for (const Event& letter : letters_) {
    clock += machine_.answer;
    count_message(clock);
    dispatcher_.done(letter.rank, letter.job, false, clock);
  }
  letters_.clear();
  while (const auto given = dispatcher_.next(clock)) {
    clock += machine_.assign;
    count_message(clock);
    send(given->rank, given->job, clock);
  }
  coordinator_busy_ += clock - time;
  coordinator_free_ = clock;
}

void Simulation::hear(const Event& event) {
  letters_.push_back(event);
  if (!will_look_) add(next_look(coordinator_free_, event.time, machine_.nap), What::look);
  will_look_ = true;
}

void Simulation::send(std::size_t number, std::size_t job, double time) {
  Rank& rank = ranks_[number];
  rank.inbox.push_back({job, time + machine_.latency});
  if (!rank.runs) start(number, next_look(rank.free, rank.inbox.front().arrival, machine_.nap));
}

void Simulation::start(std::size_t number, double time) {
  Rank& rank = ranks_[number];
  const std::size_t job = rank.inbox.front().job, affinity = load_.tasks[job].affinity;
  rank.inbox.pop_front();
  rank.runs = true;
  const bool reads = !load_.tasks[job].needs.empty() && !(rank.has_model && rank.affinity == affinity);
  rank.affinity = affinity;
  rank.has_model = true;
  const double seconds = factor(number) * (seconds_[job] + (reads ? machine_.model : 0));
  busy_ += seconds;
  add(time + seconds, What::computed, number, job);
}

/// The file system serves all ranks in turn where it has a limit.
void Simulation::store(const Event& computed) {
  const auto rows = static_cast<double>(load_.rows[computed.job]);
  double end = computed.time + rows * machine_.row;
  if (machine_.rows_per_second > 0) {
    file_free_ = std::max(file_free_, computed.time) + rows / machine_.rows_per_second;
    end = std::max(end, file_free_);
  }
  add(end, What::stored, computed.rank, computed.job);
}

void Simulation::answer(const Event& stored) {
  Rank& rank = ranks_[stored.rank];
  rank.runs = false;
  rank.free = stored.time;
  add(stored.time + machine_.latency, What::heard, stored.rank, stored.job);
  if (!rank.inbox.empty()) start(stored.rank, next_look(rank.free, rank.inbox.front().arrival, machine_.nap));
}

void Simulation::count_message(double time) {
  const auto second = static_cast<std::size_t>(time);
  if (messages_.size() <= second) messages_.resize(second + 1);
  ++messages_[second];
}

}  // namespace

Simulated simulate(const Load& load, const Machine& machine, std::uint64_t seed) { return Simulation(load, machine, seed).run(); }

}  // namespace espalier::farm
