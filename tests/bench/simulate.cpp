// SPDX-License-Identifier: BSD-3-Clause
// Plays a grid of equal models and cells on simulated ranks, with the jobs, the queue and the dispatcher of the farm, and prints
// a line of CSV for each number of ranks. tests/bench/scaling draws what docs/scaling.md shows.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "espalier/core/job.hpp"
#include "espalier/farm/simulation.hpp"

namespace {

namespace core = espalier::core;
namespace farm = espalier::farm;

/// What is computed; seconds are predicted ones.
struct Grid {
  std::size_t models = 10'000, cells = 100;  ///< cells of each model
  double training = 600, fit = 0, tail = 0, cell = 30;
  double group = 0;  ///< seconds of cells in a job; 0: as the farm chooses them
};

core::Plan plan_of(const Grid& grid) {
  core::Plan plan;
  for (std::size_t m = 0; m < grid.models; ++m) {
    core::ModelSpec model;
    model.cost = grid.training;
    plan.models.push_back(model);
    core::Cell cell;
    cell.model = m;
    cell.cost = grid.cell;
    if (grid.fit > 0) {
      core::FitSpec fit;
      fit.model = m;
      fit.cost = grid.fit;
      plan.fits.push_back(fit);
      cell.fit = m;
    }
    if (grid.tail > 0) {
      core::TailSpec tail;
      tail.model = m;
      tail.fit = cell.fit;
      tail.cost = grid.tail;
      plan.tails.push_back(tail);
      cell.tail = m;
    }
    plan.cells.insert(plan.cells.end(), grid.cells, cell);
  }
  return plan;
}

farm::Load load_of(const std::vector<core::Job>& jobs) {
  farm::Load load;
  for (const core::Job& job : jobs) {
    const std::size_t model = job.needs.empty() ? job.item : jobs[job.needs.front()].item;
    load.tasks.push_back({.cost = job.cost, .needs = job.needs, .affinity = model, .kind = static_cast<std::size_t>(job.work)});
    load.rows.push_back(job.cells.empty() ? 1 : job.cells.size());
  }
  return load;
}

void add_options(CLI::App& app, Grid& grid, farm::Machine& machine) {
  app.add_option("--models", grid.models, "networks")->capture_default_str();
  app.add_option("--cells", grid.cells, "cells of each network")->capture_default_str();
  app.add_option("--training", grid.training, "seconds of a training")->capture_default_str();
  app.add_option("--fit", grid.fit, "seconds of a fit; 0: none")->capture_default_str();
  app.add_option("--tail", grid.tail, "seconds to retrain a tail; 0: none")->capture_default_str();
  app.add_option("--cell", grid.cell, "seconds of a cell")->capture_default_str();
  app.add_option("--group", grid.group, "seconds of cells in one job; 0: as the farm chooses them")->capture_default_str();
  app.add_option("--ranks-per-host", machine.ranks_per_host, "ranks of a host")->capture_default_str();
  app.add_option("--answer", machine.answer, "seconds of the coordinator for an answer")->capture_default_str();
  app.add_option("--assign", machine.assign, "seconds of the coordinator for an assignment")->capture_default_str();
  app.add_option("--latency", machine.latency, "seconds of a message")->capture_default_str();
  app.add_option("--row", machine.row, "seconds to write a row")->capture_default_str();
  app.add_option("--rows-per-second", machine.rows_per_second, "limit of the file system; 0: none")->capture_default_str();
  app.add_option("--model-read", machine.model, "seconds to read a network")->capture_default_str();
  app.add_option("--spread", machine.spread, "standard deviation of ln(seconds)")->capture_default_str();
  app.add_option("--straggler-share", machine.straggler_share, "share of slow jobs")->capture_default_str();
  app.add_option("--straggler-factor", machine.straggler_factor, "how much slower they are")->capture_default_str();
  app.add_option("--slow-hosts", machine.slow_hosts, "number of slow hosts")->capture_default_str();
  app.add_option("--slow-factor", machine.slow_factor, "how much slower they are")->capture_default_str();
}

}  // namespace

int main(int argc, char** argv) {
  Grid grid;
  farm::Machine machine{.spread = 0.3};
  std::vector<std::size_t> ranks{1};
  std::uint64_t seed = 1;
  std::string name = "grid";
  CLI::App app("Plays a grid on simulated ranks.");
  add_options(app, grid, machine);
  app.add_option("--ranks", ranks, "numbers of ranks");
  app.add_option("--seed", seed, "of the job times")->capture_default_str();
  app.add_option("--name", name, "first column")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const core::Plan plan = plan_of(grid);
  for (const std::size_t count : ranks) {
    machine.ranks = count;
    const farm::Load load = load_of(core::make_jobs(plan, grid.group > 0 ? grid.group : core::longest_group(plan, count)));
    const farm::Simulated played = farm::simulate(load, machine, seed);
    std::printf("%s,%zu,%zu,%.6g,%.6g,%.6g,%.6g,%.4f,%.4f,%.6g\n", name.c_str(), count, load.tasks.size(), played.seconds,
                played.bounds.work, played.bounds.chain, played.bounds.release, played.busy, played.coordinator_busy,
                played.most_messages);
    std::fflush(stdout);
  }
}
