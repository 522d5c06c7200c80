// SPDX-License-Identifier: BSD-3-Clause
// How many empty jobs a second the farm hands out and hears back from: mpirun -n RANKS espalier_dispatch [JOBS]
#include <boost/mpi/collectives.hpp>
#include <boost/mpi/environment.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "espalier/farm/farm.hpp"

int main(int argc, char** argv) {
  using espalier::farm::Task;
  constexpr unsigned long usual = 1'000'000, models = 1000;
  constexpr double predicted = 1e-4;
  const boost::mpi::environment environment(argc, argv, boost::mpi::threading::multiple);
  const boost::mpi::communicator world;
  const std::size_t jobs = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : usual;
  std::vector<Task> tasks;
  for (std::size_t job = 0; job < jobs; ++job) tasks.push_back({.cost = predicted, .affinity = job % models});

  world.barrier();
  const auto begin = std::chrono::steady_clock::now();
  std::size_t mine = 0;
  espalier::farm::run_farm(world, tasks, {.run = [&](std::size_t) { return ++mine > 0; }});
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;

  const std::size_t ran = boost::mpi::all_reduce(world, mine, std::plus<>());
  if (world.rank() == 0)
    std::printf("%d ranks, %zu jobs of which %zu ran, %.2f s: %.0f jobs/s\n", world.size(), jobs, ran, seconds.count(),
                static_cast<double>(ran) / seconds.count());
  return ran == jobs ? 0 : 1;
}
