// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include "espalier/core/random.hpp"
#include "espalier/farm/job_queue.hpp"
#include "fixtures.hpp"

using espalier::core::Random;
using espalier::core::Stream;
using espalier::farm::JobQueue;
using espalier::farm::Task;
using fixtures::random_tasks;

namespace {

/// What a simulated farm saw.
struct Seen {
  std::vector<int> runs;  // per job
  bool early = false;     // a job was handed out before what it needs had ended
  bool company = false;   // a job that runs alone did not
  bool stuck = false;     // nothing runs, nothing is ready, not all is finished
  std::size_t given_back = 0;
};

bool needs_open(const std::vector<Task>& tasks, const std::vector<int>& runs, std::size_t job) {
  return std::ranges::any_of(tasks[job].needs, [&](auto need) { return !tasks[need].finished && runs[need] == 0; });
}

// Plays a farm with jobs that take random times and are now and then given back.
Seen simulate(const std::vector<Task>& tasks, std::size_t ranks, Random& random) {
  JobQueue queue(tasks);
  Seen seen{std::vector<int>(tasks.size(), 0)};
  std::vector<std::optional<std::size_t>> running(ranks);
  while (!queue.all_finished()) {
    for (std::size_t rank = 0; rank < ranks; ++rank) {
      if (running[rank]) continue;
      running[rank] = queue.take(static_cast<int>(rank));
      seen.early = seen.early || (running[rank] && needs_open(tasks, seen.runs, *running[rank]));
    }
    const bool lone = std::ranges::any_of(running, [&](const auto& job) { return job && tasks[*job].alone; });
    seen.company = seen.company || (lone && queue.running() > 1);
    if (queue.running() == 0) {
      seen.stuck = true;
      break;
    }
    auto& ends = running[random.below(ranks)];
    if (!ends) continue;
    if (random.coin(0.1)) {
      queue.give_back(*ends);
      ++seen.given_back;
    } else {
      ++seen.runs[*ends];
      queue.finish(*ends);
    }
    ends.reset();
  }
  return seen;
}

}  // namespace

TEST_CASE("in 500 random schedules every job runs exactly once, after what it needs, and nothing gets stuck") {
  const Stream stream(1, "test-job-queue");
  std::size_t given_back = 0;
  for (std::uint64_t schedule = 0; schedule < 500; ++schedule) {
    Random random = stream.random(schedule);
    const auto tasks = random_tasks(random);

    const Seen seen = simulate(tasks, 1 + random.below(8), random);

    given_back += seen.given_back;
    REQUIRE_FALSE(seen.stuck);
    REQUIRE_FALSE(seen.early);
    REQUIRE_FALSE(seen.company);
    for (std::size_t job = 0; job < tasks.size(); ++job) REQUIRE(seen.runs[job] == (tasks[job].finished ? 0 : 1));
  }
  CHECK(given_back > 100);  // the schedules did give jobs back
}

TEST_CASE("in 300 random schedules the ordered queue chooses what a search of all ready jobs chooses") {
  const Stream stream(2, "test-job-queue");
  std::size_t choices = 0;
  for (std::uint64_t schedule = 0; schedule < 300; ++schedule) {
    Random random = stream.random(schedule);
    auto tasks = random_tasks(random);
    for (Task& task : tasks) task.images = task.affinity % 3, task.seed = 2 - task.images, task.alone = false;
    JobQueue ordered(tasks), searched(tasks);
    const std::size_t ranks = 1 + random.below(8);
    std::vector<std::optional<std::size_t>> running(ranks);
    while (!ordered.all_finished()) {
      const std::size_t rank = random.below(ranks);
      if (running[rank]) {
        for (JobQueue* queue : {&ordered, &searched}) queue->finish(*running[rank]);
        running[rank].reset();
        continue;
      }
      bool first = true;  // the first answer 'does not fit' makes the queue search; then all jobs fit
      running[rank] = ordered.take(static_cast<int>(rank));
      REQUIRE(running[rank] == searched.take(static_cast<int>(rank), [&](const Task&) { return !std::exchange(first, false); }));
      choices += running[rank].has_value();
    }
  }
  CHECK(choices > 3000);
}

TEST_CASE("a long training goes before short jobs that were listed first") {
  JobQueue queue({{1}, {1}, {5}, {1, {2}}});

  CHECK(queue.take(0) == 2);
  CHECK(queue.take(1) == 0);
  CHECK(queue.take(2) == 1);
  CHECK(queue.take(3) == std::nullopt);
  queue.finish(2);
  CHECK(queue.take(3) == 3);
}

TEST_CASE("a rank keeps its model while jobs of it are left that are about as urgent as the others") {
  std::vector<Task> tasks;  // each model's longest job takes 1 s; the others are shorter, least so those of the last model
  for (std::size_t model = 0; model < 3; ++model)
    for (int group = 0; group < 4; ++group) tasks.push_back({1 - (0.16 - 0.03 * static_cast<double>(model)) * group, {}, model});
  JobQueue queue(tasks);

  std::map<int, std::set<std::size_t>> models;
  for (int turn = 0; turn < 4; ++turn)
    for (int rank = 0; rank < 3; ++rank) {
      const auto job = queue.take(rank);
      REQUIRE(job);
      models[rank].insert(tasks[*job].affinity);
      queue.finish(*job);
    }

  std::size_t loads = 0;
  for (const auto& [rank, used] : models) loads += used.size();
  CHECK(queue.all_finished());
  CHECK(loads == 3);  // the longest jobs are of models 0, 1 and 2: one for each rank, which then keeps it
}

TEST_CASE("while there is plenty of work, a rank takes models that have the corrupted images it made last") {
  std::vector<Task> tasks;  // models of two seeds in turn
  for (std::size_t model = 0; model < 20; ++model) tasks.push_back({.cost = 1, .affinity = model, .images = model % 2});
  JobQueue queue(tasks);

  for (std::size_t model = 0; model < 6; ++model) {
    CHECK(queue.take(0) == 2 * model);
    queue.finish(2 * model);
  }
}

TEST_CASE("a model does not hold a rank back from a chain more than twice as long") {
  JobQueue queue({{1, {}, 7}, {1, {}, 7}, {3, {0}, 9}});

  CHECK(queue.take(0) == 0);
  queue.finish(0);
  CHECK(queue.take(0) == 2);
  CHECK(queue.take(0) == 1);
}

TEST_CASE("what is given back can be taken again, and counts as running only in between") {
  JobQueue queue({Task{1}});
  REQUIRE(queue.take(0) == 0);
  CHECK(queue.running() == 1);

  queue.give_back(0);

  CHECK(queue.running() == 0);
  CHECK_FALSE(queue.all_finished());
  CHECK(queue.take(1) == 0);
}

TEST_CASE("a job that runs alone waits for the others that can run, and while it runs nothing else starts") {
  JobQueue queue({{9, {}, 0, false, true}, {1}, {1, {0}}});

  CHECK(queue.take(0) == 1);
  CHECK(queue.take(1) == std::nullopt);
  queue.finish(1);
  CHECK(queue.take(1) == 0);
  CHECK(queue.take(0) == std::nullopt);
  queue.give_back(0);
  CHECK(queue.take(0) == 0);
  queue.finish(0);
  CHECK(queue.take(1) == 2);
}

TEST_CASE("jobs that do not fit are left, and the next best one is taken") {
  JobQueue queue({{9}, {5}, {1}});
  const auto short_enough = [](const Task& task) { return task.cost < 6; };

  CHECK(queue.take(0, short_enough) == 1);
  CHECK(queue.take(0, short_enough) == 2);
  CHECK(queue.take(0, short_enough) == std::nullopt);
  CHECK(queue.take(0) == 0);
}

TEST_CASE("an empty list and a list of finished jobs are finished at once") {
  CHECK(JobQueue({}).all_finished());
  CHECK(JobQueue({{1, {}, 0, true}, {1, {0}, 0, true}}).all_finished());
}

TEST_CASE("jobs that wait in a circle, need a job that is not there, or end without running are refused") {
  CHECK_THROWS_AS(JobQueue({{1, {1}}, {1, {0}}}), std::invalid_argument);
  CHECK_THROWS_AS(JobQueue({Task{1, {0}}}), std::invalid_argument);
  CHECK_THROWS_AS(JobQueue({Task{1, {3}}}), std::invalid_argument);
  JobQueue queue({Task{1}});
  CHECK_THROWS_AS(queue.finish(0), std::logic_error);
  CHECK_THROWS_AS(queue.give_back(0), std::logic_error);
}

TEST_CASE("a job that is held is left out, with what only it needs") {
  std::vector<Task> tasks(3, Task{.cost = 1});
  tasks[1].needs = {0};
  tasks[0].held = tasks[1].held = true;
  JobQueue queue(tasks);

  CHECK(queue.take(0) == 2);
  CHECK_FALSE(queue.take(0));
  queue.finish(2);

  CHECK(queue.all_finished());
}

TEST_CASE("a job that is released runs after what it needs, which is released with it") {
  std::vector<Task> tasks(4, Task{.cost = 1});
  tasks[1].needs = {0};
  tasks[2].needs = {0};
  tasks[0].held = tasks[1].held = tasks[2].held = true;
  JobQueue queue(tasks);
  queue.take(0);
  queue.finish(3);

  queue.release(1);
  queue.release(1);

  CHECK_FALSE(queue.all_finished());
  CHECK(queue.take(0) == 0);
  queue.finish(0);
  CHECK(queue.take(0) == 1);
  queue.finish(1);
  CHECK(queue.all_finished());
  queue.release(2);  // what it needs has ended meanwhile
  CHECK(queue.take(0) == 2);
}
