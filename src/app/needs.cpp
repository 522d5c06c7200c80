// SPDX-License-Identifier: BSD-3-Clause
#include "app/needs.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "app/agenda.hpp"
#include "app/console.hpp"
#include "espalier/record/results_file.hpp"

namespace espalier::app {

using core::Status;

core::Precision precision_of(const core::Plan& plan, const std::vector<std::uint8_t>& status, const std::vector<double>& values,
                             bool retry_failed) {
  core::Precision precision(plan);
  if (!plan.until) return precision;
  for (std::size_t cell = 0; cell < status.size(); ++cell) {
    const auto state = static_cast<Status>(status[cell]);
    if (state == Status::done) precision.ended(cell, values[cell]);
    if (state == Status::failed && !retry_failed) precision.ended(cell, std::numeric_limits<double>::quiet_NaN());
  }
  return precision;
}

core::Precision precision_of_file(const std::string& file, const core::Plan& plan) {
  if (!plan.until) return core::Precision(plan);
  const record::Progress progress = record::read_progress(file, record::Trust::as_stored);
  return precision_of(plan, bytes_of(progress.cells.status), record::read_metric(file, core::metric_of(*plan.until)), false);
}

record::Needed needed_rows(const core::Plan& plan, const core::Precision& precision) {
  record::Needed needed{std::vector<bool>(plan.models.size()), std::vector<bool>(plan.fits.size()),
                        std::vector<bool>(plan.tails.size()), std::vector<bool>(plan.cells.size())};
  for (std::size_t row = 0; row < plan.cells.size(); ++row) {
    if (!precision.is_needed(row)) continue;
    const core::Cell& cell = plan.cells[row];
    needed.cells[row] = needed.models[cell.model] = true;
    if (cell.fit) needed.fits[*cell.fit] = true;
    if (cell.tail) needed.tails[*cell.tail] = true;
    if (cell.tail && plan.tails[*cell.tail].fit) needed.fits[*plan.tails[*cell.tail].fit] = true;
  }
  return needed;
}

void mark_needs(const std::string& file, const core::Plan& plan) {
  if (!plan.until) return;
  core::Precision precision = precision_of_file(file, plan);
  precision.ask_all_of_open_groups();
  record::mark_not_needed(file, needed_rows(plan, precision));
}

Least least_of(const core::Plan& plan) {
  const record::Needed needed = needed_rows(plan, core::Precision(plan));
  Least least;
  const auto add = [&](const auto& rows, const std::vector<bool>& own) {
    for (std::size_t row = 0; row < rows.size(); ++row) least.seconds += own[row] ? rows[row].cost : 0;
    return static_cast<std::size_t>(std::ranges::count(own, true));
  };
  least.models = add(plan.models, needed.models);
  least.cells = add(plan.cells, needed.cells);
  add(plan.fits, needed.fits);
  add(plan.tails, needed.tails);
  return least;
}

run::Store watched(run::Store store, const core::Plan& plan, double& value) {
  if (!plan.until) return store;
  store.write = [write = store.write, metric = core::metric_of(*plan.until), &value](std::size_t row,
                                                                                     const core::AnyResult& result) {
    write(row, result);
    if (const auto* cell = std::get_if<core::CellResult>(&result))
      value = cell->status == Status::done ? cell->values[metric] : std::numeric_limits<double>::quiet_NaN();
  };
  return store;
}

void report_waiting(const Options& options, const core::Plan& plan) {
  if (!plan.until || options.only.empty()) return;
  if (const std::size_t open = precision_of_file(options.file, plan).standing().open; open > 0)
    print_to(stderr, "{}: {} groups of seeds wait for cells that --only leaves out; run without it to complete them\n",
             options.file, open);
}

}  // namespace espalier::app
