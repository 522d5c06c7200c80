// SPDX-License-Identifier: BSD-3-Clause
#include "farm/dispatcher.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

using espalier::farm::Dispatcher;
using espalier::farm::Limits;
using espalier::farm::Task;

namespace {

std::vector<Task> equal_tasks(std::size_t n, double cost) { return std::vector<Task>(n, Task{.cost = cost, .first = cost}); }

/// Per rank: the jobs that it is given at `time`.
std::vector<std::vector<std::size_t>> give_all(Dispatcher& dispatcher, std::size_t ranks, double time) {
  std::vector<std::vector<std::size_t>> given(ranks);
  while (const auto next = dispatcher.next(time)) given[next->rank].push_back(next->job);
  return given;
}

}  // namespace

TEST_CASE("short jobs are given one in advance, long ones to idle ranks only") {
  Dispatcher brief(equal_tasks(10, 0.1), 2, {}), lengthy(equal_tasks(10, 10), 2, {});

  CHECK(give_all(brief, 2, 0) == std::vector<std::vector<std::size_t>>{{0, 2}, {1, 3}});
  CHECK(give_all(lengthy, 2, 0) == std::vector<std::vector<std::size_t>>{{0}, {1}});
  CHECK(brief.busy() == 2);
}

TEST_CASE("a rank whose jobs are measured to be much shorter than a message gets many in advance, a slow one does not") {
  constexpr double predicted = 0.001;
  Dispatcher dispatcher(equal_tasks(5000, predicted), 2, {});
  auto held = give_all(dispatcher, 2, 0);

  for (int answer = 1; answer <= 20; ++answer) {  // rank 0 ends all that it has every 2 ms, rank 1 one job in 2 ms
    const double time = answer * 0.002;
    for (const std::size_t job : held[0]) dispatcher.done(0, job, false, time);
    dispatcher.done(1, held[1].front(), false, time);
    held[1].erase(held[1].begin());
    const auto given = give_all(dispatcher, 2, time);
    held[0] = given[0];
    held[1].insert(held[1].end(), given[1].begin(), given[1].end());
  }

  CHECK(held[0].size() == 64);
  CHECK(held[1].size() <= 3);
}

TEST_CASE("a rank that is predicted to be busy for long gets nothing in advance, whatever it did before") {
  std::vector<Task> tasks = equal_tasks(20, 0);
  for (std::size_t job = 0; job < 10; ++job) tasks[job].cost = 0.15;  // longest first
  Dispatcher dispatcher(tasks, 1, {});
  for (std::size_t job = 0; job < 2; ++job) REQUIRE(dispatcher.next(0)->job == job);
  for (std::size_t job = 0; job < 2; ++job) dispatcher.done(0, job, false, 1e-6);

  CHECK(give_all(dispatcher, 1, 1e-6)[0] == std::vector<std::size_t>{2, 3});
}

TEST_CASE("idle ranks come before those that have a job") {
  Dispatcher dispatcher(equal_tasks(10, 0.1), 3, {});
  give_all(dispatcher, 3, 0);
  for (const std::size_t job : {1U, 4U}) dispatcher.done(1, job, false, 0.1);
  dispatcher.done(0, 0, false, 0.1);

  CHECK(dispatcher.next(0.1)->rank == 1);
  CHECK(dispatcher.next(0.1)->rank == 0);
  CHECK(dispatcher.next(0.1)->rank == 1);
}

TEST_CASE("what a rank had when it left is given to another one, and nothing more to the rank") {
  Dispatcher dispatcher(equal_tasks(2, 0.1), 2, {});
  REQUIRE(dispatcher.next(0)->rank == 0);
  REQUIRE(dispatcher.next(0)->rank == 1);

  dispatcher.left(0);

  const auto next = dispatcher.next(0);
  REQUIRE(next);
  CHECK(next->rank == 1);
  CHECK(next->job == 0);
  CHECK_FALSE(dispatcher.everyone_left());
}

TEST_CASE("a farm that has too many failed jobs is over and not stopped, also where its time is limited") {
  Dispatcher dispatcher(equal_tasks(9, 1), 1, {.seconds_left = 100, .max_failures = 2});
  for (std::size_t failure = 0; failure < 2; ++failure) {
    REQUIRE_FALSE(dispatcher.is_over());
    const auto given = dispatcher.next(0);
    dispatcher.done(0, given->job, true, 1);
  }

  CHECK(dispatcher.is_over());
  CHECK(dispatcher.failed() == 2);
  CHECK_FALSE(dispatcher.stopped());
}

TEST_CASE("a farm without time for any job that is left is stopped, but not while a job runs") {
  Dispatcher dispatcher(equal_tasks(2, 6), 1, {.seconds_left = 10});
  const auto first = dispatcher.next(0);
  REQUIRE(first);
  CHECK_FALSE(dispatcher.next(5));
  dispatcher.stop_without_time();
  CHECK_FALSE(dispatcher.is_over());
  dispatcher.done(0, first->job, false, 6);

  CHECK_FALSE(dispatcher.next(6));
  dispatcher.stop_without_time();
  CHECK(dispatcher.is_over());
  CHECK(dispatcher.stopped());
}

TEST_CASE("a job that is returned stops the farm and is not finished") {
  Dispatcher dispatcher(equal_tasks(1, 1), 1, {});
  const auto given = dispatcher.next(0);

  dispatcher.returned(0, given->job);

  CHECK(dispatcher.is_over());
  CHECK(dispatcher.stopped());
  CHECK(dispatcher.ended().empty());
  CHECK(dispatcher.busy() == 0);
}
