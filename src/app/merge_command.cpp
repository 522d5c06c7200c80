#include <fmt/core.h>

#include "app/console.hpp"
#include "app/commands.hpp"
#include "app/experiment.hpp"
#include "app/provenance.hpp"
#include "espalier/record/lock.hpp"
#include "espalier/record/merge.hpp"

namespace espalier::app {

core::ExitCode merge_command(const Options& options) {
  for (const std::string& file : options.files) warn_about(file);
  const Experiment experiment = prepare_whole(options.files.front(), options);
  const record::Lock lock = record::Lock::take(options.out);
  const record::RunInfo run = this_run(host_name(), 1, content_of(experiment));
  const record::Taken taken = record::merge(options.out, {options.files.begin(), options.files.end()}, experiment.plan,
                                            experiment.layout, run, options.accept_build_change);
  print_to(stdout, "{}: {} of {} cells and {} of {} models\n", options.out, taken.cells, experiment.plan.cells.size(), taken.models,
             experiment.plan.models.size());
  for (const std::string& row : taken.damaged) print_to(stderr, "damaged: {}\n", row);
  return taken.damaged.empty() ? core::ExitCode::done : core::ExitCode::disagree;
}

}  // namespace espalier::app
