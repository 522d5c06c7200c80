// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/farm/job_queue.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

namespace espalier::farm {

namespace {

// Chains of at least this share of the longest count as equally urgent, so that a rank may keep its model. Jobs of one kind
// differ by less (a group of cells against the last, smaller group); a training is far longer than what follows it.
constexpr double alike = 0.5;

// While a rank's share of the remaining work is this many times the longest chain, the order hardly changes the end: what was
// begun is then finished before something else begins, so that results come from the start on.
constexpr double plenty = 4;

}  // namespace

JobQueue::JobQueue(std::vector<Task> tasks)
    : tasks_(std::move(tasks)), state_(tasks_.size(), State::waiting), dependents_(tasks_.size()), missing_(tasks_.size(), 0) {
  for (std::size_t job = 0; job < tasks_.size(); ++job) {
    for (const std::size_t need : tasks_[job].needs) {
      if (need >= tasks_.size())
        throw std::invalid_argument("job " + std::to_string(job) + " needs job " + std::to_string(need) + " of " +
                                    std::to_string(tasks_.size()));
      dependents_[need].push_back(job);
    }
  }
  compute_chains();
  for (std::size_t job = 0; job < tasks_.size(); ++job) {
    for (const std::size_t need : tasks_[job].needs) missing_[job] += tasks_[need].finished ? 0 : 1;
    if (tasks_[job].finished) {
      state_[job] = State::finished;
      ++finished_;
      continue;
    }
    remaining_ += tasks_[job].cost;
    if (missing_[job] == 0) {
      state_[job] = State::ready;
      ready_.push_back(job);
    }
  }
}

// chain(job) = cost(job) + max over its dependents of chain, from the leaves up; what is not reached is part of a cycle.
void JobQueue::compute_chains() {
  chain_.assign(tasks_.size(), 0);
  std::vector<std::size_t> open(tasks_.size());
  std::vector<std::size_t> next;
  for (std::size_t job = 0; job < tasks_.size(); ++job) {
    open[job] = dependents_[job].size();
    if (open[job] == 0) next.push_back(job);
  }
  std::size_t reached = 0;
  for (; !next.empty(); ++reached) {
    const std::size_t job = next.back();
    next.pop_back();
    chain_[job] += tasks_[job].finished ? 0 : tasks_[job].cost;
    for (const std::size_t need : tasks_[job].needs) {
      chain_[need] = std::max(chain_[need], chain_[job]);
      if (--open[need] == 0) next.push_back(need);
    }
  }
  if (reached != tasks_.size()) throw std::invalid_argument("the jobs wait for each other in a circle");
}

std::optional<std::size_t> JobQueue::take(int rank, const std::function<bool(const Task&)>& fits) {
  const auto alone = [&](std::size_t job) { return tasks_[job].alone; };
  const bool only_lone = std::ranges::all_of(ready_, alone);
  if (lone_ || (only_lone && running_ > 0)) return std::nullopt;
  std::vector<std::size_t> candidates;
  for (const std::size_t job : ready_)
    if ((only_lone || !alone(job)) && (!fits || fits(tasks_[job]))) candidates.push_back(job);
  if (candidates.empty()) return std::nullopt;

  const std::size_t job = best_of(candidates, static_cast<std::size_t>(rank));
  std::erase(ready_, job);
  last_[static_cast<std::size_t>(rank)] = job;
  lone_ = alone(job);
  state_[job] = State::running;
  remaining_ -= tasks_[job].cost;
  ++running_;
  return job;
}

std::size_t JobQueue::best_of(const std::vector<std::size_t>& candidates, std::size_t rank) {
  if (last_.size() <= rank) last_.resize(rank + 1);
  const Task* last = last_[rank] ? &tasks_[*last_[rank]] : nullptr;
  double longest = 0;
  for (const std::size_t job : candidates) longest = std::max(longest, chain_[job]);
  const bool relaxed = remaining_ > plenty * longest * static_cast<double>(last_.size());
  const auto worth = [&](std::size_t job) {
    const bool keeps = last && last->affinity == tasks_[job].affinity && (relaxed || chain_[job] >= alike * longest);
    const bool begun = relaxed && !tasks_[job].needs.empty();
    const bool same_images = relaxed && last && last->images == tasks_[job].images;
    return std::tuple(keeps, begun, same_images, chain_[job], tasks_.size() - job);
  };
  return *std::ranges::max_element(candidates, {}, worth);
}

void JobQueue::end_running(std::size_t job, State state) {
  if (state_.at(job) != State::running) throw std::logic_error("job " + std::to_string(job) + " was not running");
  state_[job] = state;
  lone_ = lone_ && !tasks_[job].alone;
  --running_;
}

void JobQueue::finish(std::size_t job) {
  end_running(job, State::finished);
  ++finished_;
  for (const std::size_t next : dependents_[job]) {
    if (--missing_[next] == 0 && state_[next] == State::waiting) {
      state_[next] = State::ready;
      ready_.push_back(next);
    }
  }
}

void JobQueue::give_back(std::size_t job) {
  end_running(job, State::ready);
  ready_.push_back(job);
  remaining_ += tasks_[job].cost;
}

}  // namespace espalier::farm
