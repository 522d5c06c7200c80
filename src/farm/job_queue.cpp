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
    if (tasks_[job].held) {
      ++held_;
      continue;
    }
    remaining_ += tasks_[job].cost;
    if (missing_[job] == 0) make_ready(job);
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

bool JobQueue::before(std::size_t a, std::size_t b) const {
  return std::tuple(-chain_[a], tasks_[a].seed, a) < std::tuple(-chain_[b], tasks_[b].seed, b);
}

bool JobQueue::earlier(std::size_t a, std::size_t b) const {
  return std::tuple(tasks_[a].seed, -chain_[a], a) < std::tuple(tasks_[b].seed, -chain_[b], b);
}

/// For the heap functions of std, whose first element is the last one of the order.
auto JobQueue::order(const Heap& heap) const {
  return [this, by_seed = heap.by_seed](std::size_t a, std::size_t b) { return by_seed ? earlier(b, a) : before(b, a); };
}

void JobQueue::push(Heap& heap, std::size_t job) {
  heap.jobs.push_back(job);
  std::ranges::push_heap(heap.jobs, order(heap));
}

std::optional<std::size_t> JobQueue::top(Heap& heap) {
  while (!heap.jobs.empty() && state_[heap.jobs.front()] != State::ready) {
    std::ranges::pop_heap(heap.jobs, order(heap));
    heap.jobs.pop_back();
  }
  return heap.jobs.empty() ? std::nullopt : std::optional(heap.jobs.front());
}

std::optional<std::size_t> JobQueue::top(Heaps& heaps) {
  const auto fresh = top(heaps[0]), begun = top(heaps[1]);
  if (!fresh || !begun) return fresh ? fresh : begun;
  return order(heaps[0])(*begun, *fresh) ? fresh : begun;
}

void JobQueue::make_ready(std::size_t job) {
  state_[job] = State::ready;
  if (tasks_[job].alone) return;
  ++ready_count_;
  const std::size_t begun = is_begun(job) ? 1 : 0;
  push(ready_[begun], job);
  push(of_seeds_[begun], job);
  push(of_affinity_[tasks_[job].affinity][begun], job);
  push(of_images_[tasks_[job].images][begun], job);
}

std::optional<std::size_t> JobQueue::take(int rank, const Fits& fits) {
  const auto own = static_cast<std::size_t>(rank);
  if (last_.size() <= own) last_.resize(own + 1);
  const bool only_lone = ready_count_ == 0;
  if (lone_ || (only_lone && running_ > 0)) return std::nullopt;
  std::optional<std::size_t> job;
  if (!only_lone) {
    const std::size_t longest = *top(ready_);
    job = best_of_ready(own, longest);
    if (fits && !(fits(tasks_[longest]) && fits(tasks_[*job]))) job.reset();
  }
  if (!job) job = search(own, only_lone, fits);
  if (!job) return std::nullopt;
  last_[own] = job;
  lone_ = tasks_[*job].alone;
  if (!lone_) --ready_count_;
  state_[*job] = State::running;
  remaining_ -= tasks_[*job].cost;
  ++running_;
  return job;
}

bool JobQueue::is_relaxed(std::size_t longest) const {
  return remaining_ > plenty * chain_[longest] * static_cast<double>(last_.size());
}

std::size_t JobQueue::best_of_ready(std::size_t rank, std::size_t longest) {
  const bool relaxed = is_relaxed(longest);
  const auto best = [&](Heaps& heaps) {  // a begun chain first while there is plenty of work
    const auto begun = relaxed ? top(heaps[1]) : std::nullopt;
    return begun ? begun : top(heaps);
  };
  const auto last = last_[rank];
  if (last) {
    const auto own = best(of_affinity_[tasks_[*last].affinity]);
    if (own && (relaxed || chain_[*own] >= alike * chain_[longest])) return *own;
  }
  if (!relaxed) return longest;
  const std::size_t overall = *best(of_seeds_);
  if (!last) return overall;
  const auto same_images = best(of_images_[tasks_[*last].images]);
  return same_images && is_begun(*same_images) == is_begun(overall) ? *same_images : overall;
}

std::optional<std::size_t> JobQueue::search(std::size_t rank, bool lone, const Fits& fits) {
  std::vector<std::size_t> candidates;
  for (std::size_t job = 0; job < tasks_.size(); ++job)
    if (state_[job] == State::ready && tasks_[job].alone == lone && (!fits || fits(tasks_[job]))) candidates.push_back(job);
  return best_of(candidates, rank);
}

std::optional<std::size_t> JobQueue::best_of(const std::vector<std::size_t>& candidates, std::size_t rank) {
  if (candidates.empty()) return std::nullopt;
  const Task* last = last_[rank] ? &tasks_[*last_[rank]] : nullptr;
  const std::size_t longest = *std::ranges::max_element(candidates, {}, [&](std::size_t job) { return chain_[job]; });
  const bool relaxed = is_relaxed(longest);
  const auto worth = [&](std::size_t job) {
    const bool keeps = last && last->affinity == tasks_[job].affinity && (relaxed || chain_[job] >= alike * chain_[longest]);
    const bool same_images = relaxed && last && last->images == tasks_[job].images;
    return std::tuple(keeps, relaxed && is_begun(job), same_images);
  };
  const auto worse = [&](std::size_t a, std::size_t b) {
    if (worth(a) != worth(b)) return worth(a) < worth(b);
    return relaxed ? earlier(b, a) : before(b, a);
  };
  return *std::ranges::max_element(candidates, worse);
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
    if (--missing_[next] == 0 && state_[next] == State::waiting && !tasks_[next].held) make_ready(next);
  }
}

void JobQueue::release(std::size_t job) {
  if (state_.at(job) != State::waiting || !tasks_[job].held) return;
  tasks_[job].held = false;
  --held_;
  remaining_ += tasks_[job].cost;
  for (const std::size_t need : tasks_[job].needs) release(need);
  if (missing_[job] == 0) make_ready(job);
}

void JobQueue::give_back(std::size_t job) {
  end_running(job, State::ready);
  make_ready(job);
  remaining_ += tasks_[job].cost;
}

}  // namespace espalier::farm
