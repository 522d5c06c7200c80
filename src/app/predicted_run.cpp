// SPDX-License-Identifier: BSD-3-Clause
#include "app/predicted_run.hpp"

#include <algorithm>

#include "app/agenda.hpp"

namespace espalier::app {
namespace {

/// Of the seconds of a row about their prediction, from a recorded study (docs/scaling.md).
constexpr double recorded_spread = 0.3;

}  // namespace

farm::Simulated predicted_run(const Experiment& experiment, std::size_t ranks) {
  const Agenda agenda = agenda_of({}, experiment, file_with(experiment.plan, core::Status::to_do), ranks);
  farm::Load load{agenda.tasks, {}};
  for (const core::Job& job : agenda.jobs) load.rows.push_back(std::max<std::size_t>(job.cells.size(), 1));
  return farm::simulate(load, {.ranks = ranks, .row = 0, .spread = recorded_spread});  // rows are part of the predicted costs
}

}  // namespace espalier::app
