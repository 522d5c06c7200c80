// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include "app/commands.hpp"
#include "app/console.hpp"
#include "app/experiment.hpp"
#include "app/provenance.hpp"
#include "app/recomputation.hpp"
#include "espalier/core/random.hpp"
#include "espalier/record/results_file.hpp"
#include "espalier/record/verify.hpp"
#include "espalier/run/run_job.hpp"

namespace espalier::app {
namespace {

/// `count` of the finished cells, another choice at each call: a verification that always looks at the same cells proves little.
std::vector<std::size_t> sample(const record::Progress& progress, std::size_t count) {
  std::vector<std::size_t> finished, chosen;
  for (std::size_t row = 0; row < progress.cells.status.size(); ++row)
    if (progress.cells.status[row] == core::Status::done) finished.push_back(row);
  const auto when = static_cast<std::uint64_t>(now() * 1e6);
  const auto order = core::permutation(static_cast<std::uint32_t>(finished.size()), core::Random(when, 0, 0));
  for (std::size_t i = 0; i < std::min(count, finished.size()); ++i) chosen.push_back(finished[order[i]]);
  return chosen;
}

/// Computes cells of the file again, with the models, fits and tails that they need. What differs.
std::vector<std::string> compute_again(const Options& options, const std::vector<std::size_t>& rows) {
  const Experiment experiment = prepare_again(options.file, options);
  Recomputation again(options.file, experiment.plan);
  run::Runner runner(
      experiment.plan, [&](const std::string& name) { return load(experiment, name); }, again.computed_store());
  for (const std::size_t row : rows)
    for (const core::Job& job : again.jobs_of(row)) runner.run(job);
  return again.differing();
}

}  // namespace

core::ExitCode verify_command(const Options& options) {
  warn_about(options.file);
  const record::Checks checks = record::verify_checksums(options.file);
  print_to(stdout, "{}: checked the checksums of {} cells and {} models\n", options.file, checks.cells, checks.models);
  for (const std::string& row : checks.damaged) print_to(stderr, "damaged: {}\n", row);

  const std::vector<std::size_t> rows = sample(record::read_progress(options.file), options.sample);
  const std::vector<std::string> differing = rows.empty() ? std::vector<std::string>{} : compute_again(options, rows);
  if (!rows.empty()) print_to(stdout, "computed {} finished cells again\n", rows.size());
  for (const std::string& what : differing) print_to(stderr, "different result: {}\n", what);
  return checks.damaged.empty() && differing.empty() ? core::ExitCode::done : core::ExitCode::disagree;
}

}  // namespace espalier::app
