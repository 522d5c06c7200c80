// SPDX-License-Identifier: BSD-3-Clause
// What the order of the jobs means for a whole run: when results come, and how late it ends.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "espalier/core/random.hpp"
#include "espalier/farm/job_queue.hpp"
#include "fixtures.hpp"

using espalier::core::Random;
using espalier::core::Stream;
using espalier::farm::JobQueue;
using espalier::farm::Task;
using fixtures::chain_by_hand;
using fixtures::random_tasks;

namespace {

/// Plays a farm whose jobs take exactly their cost; gives back the end of every job (s).
std::vector<double> play(const std::vector<Task>& tasks, std::size_t ranks) {
  JobQueue queue(tasks);
  std::vector<std::optional<std::size_t>> running(ranks);
  std::vector<double> end(tasks.size(), 0);
  for (double now = 0; !queue.all_finished();) {
    for (std::size_t rank = 0; rank < ranks; ++rank) {
      if (running[rank]) continue;
      running[rank] = queue.take(static_cast<int>(rank));
      if (running[rank]) end[*running[rank]] = now + tasks[*running[rank]].cost;
    }
    const auto first = std::ranges::min_element(running, {}, [&](const auto& job) { return job ? end[*job] : 1e300; });
    now = end[**first];
    queue.finish(**first);
    first->reset();
  }
  return end;
}

/// Models whose training takes 5 to 50 s, each followed by up to 8 groups of cells of up to 2 s.
std::vector<Task> grid_like(std::size_t models, Random& random) {
  std::vector<Task> tasks;
  for (std::size_t model = 0; model < models; ++model) {
    const std::size_t training = tasks.size();
    tasks.push_back({random.uniform(5, 50), {}, model});
    for (auto groups = random.below(9); groups > 0; --groups) tasks.push_back({random.uniform(0.5, 2), {training}, model});
  }
  return tasks;
}

}  // namespace

TEST_CASE("where there is little work for each rank the longest remaining chain goes out first") {
  constexpr int last_of_21_ranks = 20;
  const Stream stream(2, "test-job-queue");
  for (std::uint64_t schedule = 0; schedule < 50; ++schedule) {
    Random random = stream.random(schedule);
    auto tasks = random_tasks(random);
    tasks.resize(std::min<std::size_t>(tasks.size(), 12));
    for (std::size_t job = 0; job < tasks.size(); ++job) {
      tasks[job].affinity = job;
      tasks[job].alone = false;
    }
    JobQueue queue(tasks);

    std::vector<double> chains;
    while (const auto job = queue.take(last_of_21_ranks)) chains.push_back(chain_by_hand(tasks, *job));

    CHECK(std::ranges::is_sorted(chains, std::greater{}));
  }
}

TEST_CASE("results come from the beginning: the first model's cells do not wait for the last training") {
  std::vector<Task> tasks;
  for (std::size_t model = 0; model < 20; ++model) {
    tasks.push_back({10, {}, model});
    for (int group = 0; group < 3; ++group) tasks.push_back({2, {model * 4}, model});
  }

  const auto end = play(tasks, 2);

  CHECK(end[3] == doctest::Approx(16));  // the first rank: one training and its three groups
}

TEST_CASE("results come from the beginning also where ranks take jobs in advance") {
  std::vector<Task> tasks;
  for (std::size_t model = 0; model < 50; ++model) {
    tasks.push_back({0.1, {}, model});
    tasks.push_back({0.05, {2 * model}, model});
  }
  JobQueue queue(tasks);
  std::size_t trainings = 0;

  auto running = queue.take(0);
  for (bool cells = false; !cells; ++trainings) {
    const auto in_advance = queue.take(0);
    queue.finish(*running);
    running = in_advance;
    cells = tasks[*running].needs.size() == 1;
  }

  CHECK(trainings == 2);
}

TEST_CASE("a run that is stopped has whole seeds, in the order of the grid") {
  constexpr std::size_t seeds = 12, kinds = 5, ranks = 3;
  std::vector<Task> tasks;  // as a plan lists them: all trainings, the seeds of each kind in turn, then the groups of cells
  for (std::size_t model = 0; model < seeds * kinds; ++model)
    tasks.push_back(
        {.cost = 3.0 + static_cast<double>(model / seeds), .affinity = model, .images = model % seeds, .seed = model % seeds});
  for (std::size_t model = 0; model < seeds * kinds; ++model)
    tasks.push_back({.cost = 2, .needs = {model}, .affinity = model, .images = model % seeds, .seed = model % seeds});

  const auto end = play(tasks, ranks);

  std::vector<double> first(seeds, 1e300), last(seeds, 0);
  for (std::size_t job = seeds * kinds; job < tasks.size(); ++job) {
    first[tasks[job].seed] = std::min(first[tasks[job].seed], end[job]);
    last[tasks[job].seed] = std::max(last[tasks[job].seed], end[job]);
  }
  // While a rank's share of the work is large, two seeds are under way at most: when the first cells of one end, the seed before
  // the last one is complete.
  for (std::size_t seed = 2; seed < 8; ++seed) CHECK(last[seed - 2] <= first[seed]);
}

TEST_CASE("the farm ends at most 3 percent later than work divided by ranks, or the longest chain, would have it") {
  const Stream stream(3, "test-job-queue");
  double worst = 0;
  for (std::uint64_t schedule = 0; schedule < 200; ++schedule) {
    Random random = stream.random(schedule);
    const auto tasks = grid_like(30 + random.below(40), random);
    const std::size_t ranks = 1 + random.below(8);
    double work = 0, chain = 0;
    for (std::size_t job = 0; job < tasks.size(); ++job) {
      work += tasks[job].cost;
      chain = std::max(chain, chain_by_hand(tasks, job));
    }

    const double last = std::ranges::max(play(tasks, ranks));

    worst = std::max(worst, last / std::max(work / static_cast<double>(ranks), chain));
  }
  CHECK(worst < 1.03);  // the small jobs fill the gaps that the trainings leave
}
