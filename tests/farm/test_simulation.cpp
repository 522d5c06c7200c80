// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "espalier/farm/simulation.hpp"
#include "fixtures.hpp"

using espalier::farm::Bounds;
using espalier::farm::bounds_of;
using espalier::farm::Load;
using espalier::farm::Machine;
using espalier::farm::simulate;
using espalier::farm::Simulated;
using espalier::farm::Task;
using fixtures::random_tasks;

namespace {

Load independent(std::size_t jobs, double cost) {
  return {std::vector<Task>(jobs, Task{.cost = cost}), std::vector<std::size_t>(jobs, 1)};
}

}  // namespace

TEST_CASE("the bounds of a training and its cells are those by hand") {
  const std::vector<Task> tasks{{10}, {3, {0}}, {3, {0}}, {3, {0}}, {3, {0}}, {1}};
  const std::vector<double> seconds{10, 3, 3, 3, 3, 1};

  const Bounds bounds = bounds_of(tasks, seconds, 2);

  CHECK(bounds.work == doctest::Approx(23.0 / 2));
  CHECK(bounds.chain == doctest::Approx(13));
  CHECK(bounds.release == doctest::Approx(10 + 12.0 / 2));  // no cell starts before 10 s
  CHECK(bounds.largest() == bounds.release);
}

TEST_CASE("what an earlier run finished takes no time in the bounds") {
  const std::vector<Task> tasks{{.cost = 10, .finished = true}, {3, {0}}};

  CHECK(bounds_of(tasks, {10, 3}, 1).largest() == doctest::Approx(3));
}

TEST_CASE("one rank takes the sum of its jobs and little more") {
  const Simulated one = simulate(independent(1000, 0.1), {});

  CHECK(one.seconds > 100);
  CHECK(one.seconds < 100.2);  // 1000 rows of 20 us, and the first and last message
  CHECK(one.busy == doctest::Approx(1).epsilon(0.002));
}

TEST_CASE("no simulated farm beats the bounds, and those with small jobs come close") {
  const espalier::core::Stream stream(4, "test-simulation");
  for (std::uint64_t farm = 0; farm < 100; ++farm) {
    espalier::core::Random random = stream.random(farm);
    Load load{random_tasks(random), {}};
    load.rows.assign(load.tasks.size(), 1);
    const Machine machine{.ranks = 1 + random.below(20), .spread = 0.3, .slow_hosts = 1, .slow_factor = 2};

    const Simulated played = simulate(load, machine, farm);

    REQUIRE(played.seconds >= played.bounds.largest());
  }
  const Simulated small = simulate(independent(10000, 1), {.ranks = 100, .spread = 0.3});
  CHECK(small.seconds < 1.05 * small.bounds.largest());
}

TEST_CASE("the same seed gives the same run, another one another, times have the predicted mean") {
  const Load load = independent(10000, 1);
  const Machine machine{.ranks = 10, .spread = 0.5};

  CHECK(simulate(load, machine, 1).seconds == simulate(load, machine, 1).seconds);
  CHECK(simulate(load, machine, 1).seconds != simulate(load, machine, 2).seconds);
  CHECK(simulate(load, machine, 1).bounds.work == doctest::Approx(1000).epsilon(0.02));  // 4 standard errors of 0.53 %
}

TEST_CASE("twice as slow everywhere takes twice as long, and one slow host of many costs its share only") {
  const Load load = independent(64000, 1);
  const double plain = simulate(load, {.ranks = 640, .ranks_per_host = 64}).seconds;
  const double slow = simulate(load, {.ranks = 640, .ranks_per_host = 64, .slow_hosts = 10, .slow_factor = 2}).seconds;
  const double one = simulate(load, {.ranks = 640, .ranks_per_host = 64, .slow_hosts = 1, .slow_factor = 2}).seconds;

  CHECK(slow == doctest::Approx(2 * plain).epsilon(0.002));  // naps do not double
  CHECK(one < 1.08 * plain);                                 // 9.5 of 10 hosts, and up to two jobs of 1 s at the end
}

TEST_CASE("a file system that takes few rows limits the farm to their number") {
  const Simulated limited = simulate(independent(1000, 0.01), {.ranks = 100, .rows_per_second = 10});

  CHECK(limited.seconds == doctest::Approx(100).epsilon(0.01));
}

TEST_CASE("a coordinator that takes long for a message limits the farm to its rate") {
  const Simulated limited = simulate(independent(10000, 0.1), {.ranks = 1000, .answer = 1e-3, .assign = 1e-3});

  CHECK(limited.seconds == doctest::Approx(20).epsilon(0.05));
  CHECK(limited.coordinator_busy > 0.95);
  CHECK(limited.most_messages == doctest::Approx(1000).epsilon(0.01));
}
