// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include "app/commands.hpp"
#include "app/console.hpp"
#include "app/experiment.hpp"
#include "app/needs.hpp"
#include "app/provenance.hpp"
#include "espalier/record/lock.hpp"
#include "espalier/record/merge.hpp"
#include "espalier/record/results_file.hpp"

namespace espalier::app {

core::ExitCode merge_command(const Options& options) {
  for (const std::string& file : options.files) warn_about(file);
  const Experiment experiment = prepare_whole(options.files.front(), options);
  const record::Lock lock = record::Lock::take(options.out);
  const record::RunInfo run = this_run(host_name(), 1, content_of(experiment));
  const record::ImportReport imported = record::merge(options.out, {options.files.begin(), options.files.end()}, experiment.plan,
                                                      experiment.layout, run, options.accept_build_change);
  print_to(stdout, "{}: {} of {} cells and {} of {} models\n", options.out, imported.cells, experiment.plan.cells.size(),
           imported.models, experiment.plan.models.size());
  for (const std::string& row : imported.damaged) print_to(stderr, "damaged: {}\n", row);
  if (!imported.damaged.empty()) return core::ExitCode::disagree;
  mark_needs(options.out, experiment.plan);
  const record::Summary summary = record::summarise(options.out);
  const std::size_t missing = summary.cells.to_do() + summary.cells.running;
  if (missing == 0) return core::ExitCode::done;
  print_to(stderr, "{}: {} cells are missing; compute them with espalier run GRID.yaml -o {}\n", options.out, missing,
           options.out);
  return core::ExitCode::stopped;
}

}  // namespace espalier::app
