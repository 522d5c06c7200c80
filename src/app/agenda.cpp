// SPDX-License-Identifier: BSD-3-Clause
#include "app/agenda.hpp"

#include <algorithm>
#include <map>
#include <string>

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

std::vector<farm::Task> tasks_of(const std::vector<core::Job>& jobs, const Experiment& experiment, const FileState& state,
                                 const std::vector<bool>& wanted, bool retry_failed) {
  std::vector<farm::Task> tasks;
  std::vector<bool> needed(jobs.size(), false);
  for (std::size_t j = jobs.size(); j-- > 0;) {  // from the end: what a pending job needs is needed
    const core::Job& job = jobs[j];
    if (job.work == core::Work::evaluate)
      needed[j] = std::ranges::any_of(job.cells, [&](std::size_t cell) { return static_cast<bool>(wanted[cell]); });
    else
      needed[j] =
          (needed[j] && !ended(state.of(job.work).status[job.item], retry_failed)) || state.of(job.work).damaged[job.item];
    if (needed[j])
      for (const std::size_t need : job.needs) needed[need] = true;
  }
  const std::vector<std::size_t> images = images_of(experiment.plan), seeds = seeds_of(experiment.plan);
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    const core::Job& job = jobs[j];
    const std::size_t model = job.needs.empty() ? job.item : jobs[job.needs.front()].item;  // the first need is the model
    tasks.push_back({.cost = job.cost,
                     .needs = job.needs,
                     .affinity = model,
                     .finished = !needed[j],
                     .alone = is_suspect(job, state, wanted),
                     .first = seconds_to_first_result(job, experiment),
                     .kind = static_cast<std::size_t>(job.work),
                     .images = images[model],
                     .seed = seeds[model]});
  }
  return tasks;
}

}  // namespace

FileState file_with(const core::Plan& plan, core::Status status) {
  const auto rows = [&](std::size_t count) {
    return RowStates{std::vector<std::uint8_t>(count, static_cast<std::uint8_t>(status)), std::vector<std::uint8_t>(count, 0),
                     std::vector<std::uint8_t>(count, 0)};
  };
  return {{rows(plan.models.size()), rows(plan.fits.size()), rows(plan.tails.size()), rows(plan.cells.size())}};
}

Agenda agenda_of(const Options& options, const Experiment& experiment, const FileState& state, std::size_t ranks) {
  const Selection selection(options.only, experiment.plan);
  Agenda agenda{core::make_jobs(experiment.plan, core::longest_group(experiment.plan, ranks)), {}, {}};
  for (std::size_t row = 0; row < experiment.plan.cells.size(); ++row)
    agenda.wanted.push_back(!ended(state.cells.status[row], options.retry_failed) &&
                            selection.contains(experiment.plan.cells[row]));
  agenda.tasks = tasks_of(agenda.jobs, experiment, state, agenda.wanted, options.retry_failed);
  return agenda;
}

}  // namespace espalier::app
