// SPDX-License-Identifier: BSD-3-Clause
#include "farm/dispatcher.hpp"

#include <algorithm>

namespace espalier::farm {
namespace {

// A rank gets a job in advance only while those that it has are predicted to be this short together (seconds). For longer ones
// the millisecond between two jobs does not show, and a job promised to a busy rank could have started on an idle one.
constexpr double short_job = 0.2;

// A message takes up to two naps of a millisecond, so that one job in advance limits a rank to about a thousand jobs a second.
// A rank whose jobs are measured to be shorter gets as many as fill this time (seconds), up to a number.
constexpr double ahead = 0.004;
constexpr std::size_t most_ahead = 64;

constexpr double newest_share = 0.1;  // of the last answer in the running mean

// Jobs that take somewhat longer than those before must fit too.
constexpr double caution = 1.25;

}  // namespace

Dispatcher::Dispatcher(const std::vector<Task>& tasks, std::size_t ranks, const Limits& limits)
    : limits_(limits), queue_(tasks), ranks_(ranks) {
  for (std::size_t rank = 0; rank < ranks; ++rank) open_.emplace(0, rank);
}

bool Dispatcher::may_take(const Rank& rank) const {
  if (rank.gone) return false;
  if (rank.held.empty()) return true;
  if (rank.cost > short_job || rank.held.size() >= most_ahead) return false;
  return rank.held.size() == 1 || (rank.mean >= 0 && rank.mean * static_cast<double>(rank.held.size()) <= ahead);
}

template <typename Change>
void Dispatcher::change(std::size_t number, Change change) {
  Rank& rank = ranks_[number];
  open_.erase({rank.held.size(), number});
  busy_ -= rank.held.empty() ? 0 : 1;
  change(rank);
  busy_ += rank.held.empty() ? 0 : 1;
  if (may_take(rank)) open_.emplace(rank.held.size(), number);
}

bool Dispatcher::fits(const Task& task, double time) const {
  return limits_.seconds_left <= 0 || time + caution * pace_.expected(task.kind, task.first) <= limits_.seconds_left;
}

std::optional<Dispatcher::Assignment> Dispatcher::next(double time) {
  if (open_.empty()) return std::nullopt;
  const std::size_t number = open_.begin()->second;
  const auto job = queue_.take(static_cast<int>(number), [&](const Task& task) { return fits(task, time); });
  if (!job) return std::nullopt;
  change(number, [&](Rank& rank) {
    if (rank.held.empty()) rank.since = time;
    rank.held.push_back(*job);
    rank.cost += queue_.task(*job).cost;
  });
  return Assignment{number, *job};
}

void Dispatcher::take_from(std::size_t number, std::size_t job) {
  change(number, [&](Rank& rank) {
    if (std::erase(rank.held, job) == 0) return;
    rank.cost = rank.held.empty() ? 0 : rank.cost - queue_.task(job).cost;
  });
}

void Dispatcher::done(std::size_t number, std::size_t job, bool failed, double time) {
  Rank& rank = ranks_[number];
  const double seconds = time - rank.since;
  pace_.learn(queue_.task(job).kind, queue_.task(job).cost, seconds);
  rank.since = time;
  rank.mean = rank.mean < 0 ? seconds : rank.mean + newest_share * (seconds - rank.mean);
  take_from(number, job);
  queue_.finish(job);
  ended_.push_back(job);
  failed_ += failed ? 1 : 0;
}

void Dispatcher::returned(std::size_t rank, std::size_t job) {
  take_from(rank, job);
  queue_.give_back(job);
  stop_ = true;
}

void Dispatcher::left(std::size_t number) {
  change(number, [&](Rank& rank) {
    for (const std::size_t job : rank.held) queue_.give_back(job);
    rank.held.clear();
    rank.gone = true;
  });
  ++left_;
}

void Dispatcher::stop_without_time() {
  stop_ = stop_ || (limits_.seconds_left > 0 && queue_.running() == 0 && !queue_.all_finished());
}

bool Dispatcher::is_over() const {
  return stop_ || queue_.all_finished() || (limits_.max_failures != 0 && failed_ >= limits_.max_failures);
}

}  // namespace espalier::farm
