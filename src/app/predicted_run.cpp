// SPDX-License-Identifier: BSD-3-Clause
#include "app/predicted_run.hpp"

#include <algorithm>

#include "app/agenda.hpp"

namespace espalier::app {
namespace {

/// Of the seconds of a row about their prediction, from a recorded study (docs/scaling.md).
constexpr double recorded_spread = 0.3;

}  // namespace

farm::Simulated predicted_run(const Experiment& experiment, std::size_t ranks, Seeds seeds) {
  FileState nothing_done = file_with(experiment.plan, core::Status::to_do);
  nothing_done.values.resize(experiment.plan.cells.size());
  const Agenda agenda = agenda_of({}, experiment, nothing_done, ranks);
  farm::Load load{agenda.tasks, {}};
  for (farm::Task& task : load.tasks) {
    task.finished = task.finished || (task.held && seeds == Seeds::fewest);
    task.held = false;
  }
  for (const core::Job& job : agenda.jobs) load.rows.push_back(std::max<std::size_t>(job.cells.size(), 1));
  return farm::simulate(load, {.ranks = ranks, .row = 0, .spread = recorded_spread});  // rows are part of the predicted costs
}

}  // namespace espalier::app
