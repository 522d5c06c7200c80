// SPDX-License-Identifier: BSD-3-Clause
#include "app/agenda.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "app/needs.hpp"
#include "app/selection.hpp"

namespace espalier::app {
namespace {

bool ended(std::uint8_t status, bool retry_failed) {
  const auto s = static_cast<core::Status>(status);
  return s == core::Status::done || (s == core::Status::failed && !retry_failed);
}

bool is_suspect(const core::Job& job, const FileState& state, const std::vector<bool>& wanted) {
  if (job.work != core::Work::evaluate) return state.of(job.work).suspect[job.item] != 0;
  return std::ranges::any_of(job.cells, [&](std::size_t cell) { return wanted[cell] && state.cells.suspect[cell] != 0; });
}

/// A training that keeps its state in the file gives an epoch, a group of cells its first cell.
double seconds_to_first_result(const core::Job& job, const Experiment& experiment) {
  if (job.work == core::Work::evaluate) return experiment.plan.cells[job.cells.front()].cost;
  if (job.work != core::Work::train || experiment.layout.checkpoints[job.item] == 0) return job.cost;
  return job.cost / experiment.plan.models[job.item].train.number("epochs");
}

/// Per model: the first model with its data set and seed, which has the same corrupted images.
std::vector<std::size_t> images_of(const core::Plan& plan) {
  std::map<std::pair<std::string, int>, std::size_t> first;
  std::vector<std::size_t> images;
  for (std::size_t model = 0; model < plan.models.size(); ++model)
    images.push_back(first.emplace(std::pair(plan.models[model].dataset, plan.models[model].seed), model).first->second);
  return images;
}

/// Per model: the place of its seed among those of the plan.
std::vector<std::size_t> seeds_of(const core::Plan& plan) {
  std::map<int, std::size_t> place;
  std::vector<std::size_t> seeds;
  for (const core::ModelSpec& model : plan.models) seeds.push_back(place.emplace(model.seed, place.size()).first->second);
  return seeds;
}

/// The cells that this run evaluates, and those of them that are known to be needed.
struct Wanted {
  const std::vector<bool>& cells;
  const std::optional<core::Precision>& precision;
  bool now(std::size_t cell) const { return cells[cell] && (!precision || precision->is_needed(cell)); }
};

/// Per job: whether it may be needed in this run, and whether it is known to be.
struct Needs {
  std::vector<bool> ever, now;
};

Needs needs_of(const std::vector<core::Job>& jobs, const FileState& state, const Wanted& wanted, bool retry_failed) {
  Needs needs{std::vector<bool>(jobs.size(), false), std::vector<bool>(jobs.size(), false)};
  for (std::size_t j = jobs.size(); j-- > 0;) {  // from the end: what a pending job needs is needed
    const core::Job& job = jobs[j];
    if (job.work == core::Work::evaluate) {
      needs.ever[j] = std::ranges::any_of(job.cells, [&](std::size_t cell) { return static_cast<bool>(wanted.cells[cell]); });
      needs.now[j] = std::ranges::any_of(job.cells, [&](std::size_t cell) { return wanted.now(cell); });
    } else {
      const bool damaged = state.of(job.work).damaged[job.item] != 0;
      const bool open = !ended(state.of(job.work).status[job.item], retry_failed);
      needs.ever[j] = (needs.ever[j] && open) || damaged;
      needs.now[j] = (needs.now[j] && open) || damaged;
    }
    for (const std::size_t need : job.needs) {
      needs.ever[need] = needs.ever[need] || needs.ever[j];
      needs.now[need] = needs.now[need] || needs.now[j];
    }
  }
  return needs;
}

std::vector<farm::Task> tasks_of(const std::vector<core::Job>& jobs, const Experiment& experiment, const FileState& state,
                                 const Wanted& wanted, bool retry_failed) {
  std::vector<farm::Task> tasks;
  const Needs needs = needs_of(jobs, state, wanted, retry_failed);
  const std::vector<std::size_t> images = images_of(experiment.plan), seeds = seeds_of(experiment.plan);
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    const core::Job& job = jobs[j];
    const std::size_t model = job.needs.empty() ? job.item : jobs[job.needs.front()].item;  // the first need is the model
    tasks.push_back({.cost = job.cost,
                     .needs = job.needs,
                     .affinity = model,
                     .finished = !needs.ever[j],
                     .alone = is_suspect(job, state, wanted.cells),
                     .first = seconds_to_first_result(job, experiment),
                     .kind = static_cast<std::size_t>(job.work),
                     .images = images[model],
                     .seed = seeds[model],
                     .held = !needs.now[j]});
  }
  return tasks;
}

}  // namespace

std::vector<std::uint8_t> bytes_of(const std::vector<core::Status>& statuses) {
  std::vector<std::uint8_t> out;
  for (const core::Status status : statuses) out.push_back(static_cast<std::uint8_t>(status));
  return out;
}

FileState file_with(const core::Plan& plan, core::Status status) {
  const auto rows = [&](std::size_t count) {
    return RowStates{std::vector<std::uint8_t>(count, static_cast<std::uint8_t>(status)), std::vector<std::uint8_t>(count, 0),
                     std::vector<std::uint8_t>(count, 0)};
  };
  return {{rows(plan.models.size()), rows(plan.fits.size()), rows(plan.tails.size()), rows(plan.cells.size())}};
}

std::vector<std::size_t> Agenda::released_by(std::size_t job, double value) {
  std::vector<std::size_t> released;
  if (!precision || jobs[job].work != core::Work::evaluate) return released;
  for (const std::size_t cell : precision->ended(jobs[job].cells.front(), value))
    if (const auto held = job_of_held.find(cell); held != job_of_held.end()) released.push_back(held->second);
  return released;
}

Agenda agenda_of(const Options& options, const Experiment& experiment, const FileState& state, std::size_t ranks) {
  const Selection selection(options.only, experiment.plan);
  Agenda agenda{.jobs = core::make_jobs(experiment.plan, core::longest_group(experiment.plan, ranks)), .wanted = {}, .tasks = {}};
  if (experiment.plan.until && !state.values.empty())
    agenda.precision = precision_of(experiment.plan, state.cells.status, state.values, options.retry_failed);
  for (std::size_t row = 0; row < experiment.plan.cells.size(); ++row)
    agenda.wanted.push_back(!ended(state.cells.status[row], options.retry_failed) &&
                            selection.contains(experiment.plan.cells[row]));
  agenda.tasks = tasks_of(agenda.jobs, experiment, state, {agenda.wanted, agenda.precision}, options.retry_failed);
  for (std::size_t j = 0; j < agenda.jobs.size(); ++j)
    if (agenda.tasks[j].held && !agenda.tasks[j].finished && agenda.jobs[j].work == core::Work::evaluate)
      agenda.job_of_held.emplace(agenda.jobs[j].cells.front(), j);  // `until` decides on single cells
  return agenda;
}

}  // namespace espalier::app
