// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <boost/mpi/collectives/all_reduce.hpp>
#include <boost/mpi/communicator.hpp>
#include <chrono>
#include <functional>
#include <numeric>
#include <thread>
#include <vector>

#include "espalier/core/failure.hpp"
#include "espalier/farm/farm.hpp"

namespace mpi = boost::mpi;
using espalier::core::Stopped;
using espalier::farm::Outcome;
using espalier::farm::Progress;
using espalier::farm::run_farm;
using espalier::farm::Task;
using espalier::farm::Work;
using std::chrono::milliseconds;

namespace {

/// Times each job ran, added up over all ranks; the same on every rank.
std::vector<int> total(const mpi::communicator& comm, const std::vector<int>& mine) {
  std::vector<int> sum(mine.size());
  if (!mine.empty()) mpi::all_reduce(comm, mine.data(), static_cast<int>(mine.size()), sum.data(), std::plus<int>());
  return sum;
}

bool all_equal(const std::vector<int>& counts, int value) {
  return std::ranges::all_of(counts, [=](int count) { return count == value; });
}

std::vector<Task> equal_tasks(std::size_t n) { return std::vector<Task>(n, Task{0.001}); }

}  // namespace

TEST_CASE("every job of a farm runs exactly once, whatever its rank") {
  const mpi::communicator world;
  std::vector<int> ran(500, 0);

  const Outcome outcome = run_farm(world, equal_tasks(ran.size()), {.run = [&](std::size_t job) {
                                     ++ran[job];
                                     return job % 10 != 0;
                                   }});

  CHECK(all_equal(total(world, ran), 1));
  CHECK(outcome.failed == 50);
  CHECK_FALSE(outcome.stopped);
}

TEST_CASE("a job starts after what it needs has ended on another rank") {
  const mpi::communicator world;
  std::vector<Task> tasks;  // 4 trainings of 20 ms, 5 evaluations each
  for (std::size_t model = 0; model < 4; ++model) tasks.push_back({0.02, {}, model});
  for (std::size_t job = 0; job < 20; ++job) tasks.push_back({0.001, {job % 4}, job % 4});
  using Clock = std::chrono::steady_clock;  // one machine, one clock
  std::vector<std::int64_t> start(tasks.size(), 0), end(tasks.size(), 0);

  run_farm(world, tasks, {.run = [&](std::size_t job) {
             start[job] = Clock::now().time_since_epoch().count();
             std::this_thread::sleep_for(milliseconds(job < 4 ? 20 : 1));
             end[job] = Clock::now().time_since_epoch().count();
             return true;
           }});

  std::vector<std::int64_t> starts(tasks.size()), ends(tasks.size());
  mpi::all_reduce(world, start.data(), 24, starts.data(), mpi::maximum<std::int64_t>());
  mpi::all_reduce(world, end.data(), 24, ends.data(), mpi::maximum<std::int64_t>());
  for (std::size_t job = 4; job < 24; ++job) CHECK(starts[job] > ends[job % 4]);
}

TEST_CASE("a slow rank keeps few jobs and the others do the rest") {
  const mpi::communicator world;
  const int slow = world.size() - 1;
  std::vector<int> ran(60, 0);

  run_farm(world, equal_tasks(ran.size()), {.run = [&](std::size_t job) {
             ++ran[job];
             std::this_thread::sleep_for(milliseconds(world.rank() == slow ? 150 : 5));
             return true;
           }});

  CHECK(all_equal(total(world, ran), 1));
  // 60 jobs of 5 ms on the others take at most 300 ms, in which the slow one begins three; one more was promised to it.
  if (world.rank() == slow && world.size() > 1) CHECK(std::accumulate(ran.begin(), ran.end(), 0) <= 30);
}

TEST_CASE("a stop in the middle gives back what was promised and every rank says so") {
  const mpi::communicator world;
  std::vector<int> ran(200, 0);
  std::atomic<bool> stop = false;

  const Outcome outcome = run_farm(world, equal_tasks(ran.size()),
                                   {.run =
                                        [&](std::size_t job) {
                                          ++ran[job];
                                          std::this_thread::sleep_for(milliseconds(2));
                                          return true;
                                        },
                                    .observe = [&](const Progress& seen) { stop = stop || seen.ended.size() >= 20; },
                                    .stop = &stop});

  const auto counts = total(world, ran);
  const int done = std::accumulate(counts.begin(), counts.end(), 0);
  CHECK(outcome.stopped);
  CHECK(std::ranges::all_of(counts, [](int count) { return count <= 1; }));
  CHECK(done >= 20);
  CHECK(done < 200);
}

TEST_CASE("core::Stopped on any one rank stops the farm, and its job counts as not run") {
  const mpi::communicator world;
  const int quitter = world.size() - 1;
  std::vector<int> ran(300, 0);
  std::size_t ended = 0;

  const Outcome outcome = run_farm(world, equal_tasks(ran.size()),
                                   {.run =
                                        [&](std::size_t job) {
                                          std::this_thread::sleep_for(milliseconds(2));
                                          if (world.rank() == quitter) throw Stopped("asked to");
                                          ++ran[job];
                                          return true;
                                        },
                                    .observe = [&](const Progress& seen) { ended = seen.ended.size(); }});

  const auto counts = total(world, ran);
  CHECK(outcome.stopped);
  CHECK(outcome.failed == 0);
  if (world.rank() == 0) CHECK(ended == static_cast<std::size_t>(std::accumulate(counts.begin(), counts.end(), 0)));
}

TEST_CASE("a stop flag that only one rank sees stops the farm, and that rank starts nothing more") {
  const mpi::communicator world;
  const int signalled = world.size() - 1;
  std::vector<int> ran(300, 0);
  std::atomic<bool> stop = false;
  int mine = 0;

  const Outcome outcome = run_farm(world, equal_tasks(ran.size()),
                                   {.run =
                                        [&](std::size_t job) {
                                          ++ran[job];
                                          std::this_thread::sleep_for(milliseconds(2));
                                          stop = ++mine == 3 && world.rank() == signalled;
                                          return true;
                                        },
                                    .stop = &stop});

  CHECK(outcome.stopped);
  if (world.rank() == signalled) CHECK(mine == 3);
  const auto counts = total(world, ran);
  CHECK(std::ranges::all_of(counts, [](int count) { return count <= 1; }));
}

TEST_CASE("a farm whose only job was stopped has not finished") {
  const mpi::communicator world;

  const Outcome outcome = run_farm(world, equal_tasks(1), {.run = [](std::size_t) -> bool { throw Stopped("asked to"); }});

  CHECK(outcome.stopped);
}

TEST_CASE("after too many failed jobs nothing more starts, which is not a stop on request") {
  const mpi::communicator world;
  std::vector<int> ran(300, 0);

  const Outcome outcome = run_farm(world, equal_tasks(ran.size()),
                                   {.run =
                                        [&](std::size_t job) {
                                          ++ran[job];
                                          std::this_thread::sleep_for(milliseconds(2));
                                          return job % 2 == 0;
                                        },
                                    .max_failures = 3});

  const auto counts = total(world, ran);
  const int done = std::accumulate(counts.begin(), counts.end(), 0);
  CHECK(outcome.failed >= 3);
  CHECK(outcome.failed <= static_cast<std::size_t>(2 + 2 * world.size()));  // those under way, and one more in advance
  CHECK(done < 300);
  CHECK_FALSE(outcome.stopped);
}

TEST_CASE("a stop before the first job runs nothing") {
  const mpi::communicator world;
  std::vector<int> ran(10, 0);
  const std::atomic<bool> stop = true;

  const Outcome outcome =
      run_farm(world, equal_tasks(ran.size()), {.run = [&](std::size_t job) { return ++ran[job] > 0; }, .stop = &stop});

  CHECK(all_equal(total(world, ran), 0));
  CHECK(outcome.stopped);
}

TEST_CASE("a farm without work, or with work that is done, ends at once") {
  const mpi::communicator world;
  int ran = 0;
  const auto run = [&](std::size_t) { return ++ran > 0; };

  const Outcome empty = run_farm(world, {}, {.run = run});
  const Outcome done = run_farm(world, {{1, {}, 0, true}, {1, {0}, 0, true}}, {.run = run});

  CHECK_FALSE(empty.stopped);
  CHECK_FALSE(done.stopped);
  CHECK(ran == 0);
}

TEST_CASE("one rank alone is a farm as well") {
  const mpi::communicator world;
  const mpi::communicator alone = world.split(world.rank());
  std::vector<int> ran(40, 0);
  std::vector<Task> tasks = equal_tasks(ran.size());
  for (std::size_t job = 1; job < tasks.size(); ++job) tasks[job].needs = {job - 1};
  std::size_t reports = 0;

  const Outcome outcome = run_farm(
      alone, tasks, {.run = [&](std::size_t job) { return ++ran[job] > 0; }, .observe = [&](const Progress&) { ++reports; }});

  CHECK(all_equal(ran, 1));
  CHECK_FALSE(outcome.stopped);
  CHECK(reports >= ran.size());  // at least one at every finished job
}

TEST_CASE("farms follow each other on one communicator without mixing their messages") {
  const mpi::communicator world;
  for (std::size_t farm = 0; farm < 20; ++farm) {
    std::vector<int> ran(farm, 0);
    const Outcome outcome = run_farm(world, equal_tasks(farm), {.run = [&](std::size_t job) { return ++ran[job] > 1; }});

    REQUIRE(all_equal(total(world, ran), 1));
    REQUIRE(outcome.failed == farm);
  }
}

TEST_CASE("jobs that are held run where a value asks for them, and the others do not") {
  const mpi::communicator world;
  std::vector<Task> tasks = equal_tasks(20);  // job j asks for job j + 10 where its value is above 4
  for (std::size_t job = 10; job < 20; ++job) tasks[job].held = true;
  std::vector<int> ran(tasks.size(), 0);
  const auto release = [](std::size_t job, double value) {
    return job < 10 && value > 4 ? std::vector<std::size_t>{job + 10} : std::vector<std::size_t>{};
  };

  const Outcome outcome = run_farm(world, tasks,
                                   {.run =
                                        [&](std::size_t job) {
                                          ++ran[job];
                                          return espalier::farm::Answer(true, static_cast<double>(job));
                                        },
                                    .release = release});

  const std::vector<int> all = total(world, ran);
  for (std::size_t job = 0; job < all.size(); ++job) CHECK(all[job] == (job < 10 || job > 14 ? 1 : 0));
  CHECK_FALSE(outcome.stopped);
}
