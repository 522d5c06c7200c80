#include <fmt/core.h>

#include <map>

#include "app/commands.hpp"
#include "app/experiment.hpp"
#include "app/provenance.hpp"
#include "espalier/core/random.hpp"
#include "espalier/record/results_file.hpp"
#include "espalier/record/verify.hpp"
#include "espalier/run/run_job.hpp"

namespace espalier::app {
namespace {

/// `count` of the finished cells, another choice at each call: a verification that always looks at the same cells proves little.
std::vector<std::size_t> sample(const record::Progress& progress, std::size_t count) {
  std::vector<std::size_t> finished, chosen;
  for (std::size_t row = 0; row < progress.cells.size(); ++row)
    if (progress.cells[row] == core::Status::done) finished.push_back(row);
  const auto when = static_cast<std::uint64_t>(now() * 1e6);
  const auto order = core::permutation(static_cast<std::uint32_t>(finished.size()), core::Random(when, 0, 0));
  for (std::size_t i = 0; i < std::min(count, finished.size()); ++i) chosen.push_back(finished[order[i]]);
  return chosen;
}

/// Trains the models of `rows` anew and judges the cells; answers the ids whose bits differ from the file's.
std::vector<std::string> compute_again(const Options& options, const std::vector<std::size_t>& rows) {
  const Experiment experiment = prepare_again(options.file, options);
  std::map<std::size_t, core::ModelResult> models;
  std::vector<std::string> differing;
  const run::Store store{.read_model = [&](std::size_t row) { return models.at(row); },
                         .start_model = [](std::size_t) {},
                         .start_cell = [](std::size_t) {},
                         .release_model = [](std::size_t) {},
                         .release_cell = [](std::size_t) {},
                         .write_model = [&](std::size_t row, const core::ModelResult& result) { models[row] = result; },
                         .write_cell =
                             [&](std::size_t row, const core::CellResult& result) {
                               if (record::science(result) != record::science(record::read_cell(options.file, row)))
                                 differing.push_back(fmt::format("cell {}", experiment.plan.cells[row].id));
                             },
                         .wanted = [](std::size_t) { return true; },
                         .stop = [] { return false; },
                         .pulse = {},
                         .seconds = [] { return now(); }};
  run::Runner runner(
      experiment.plan, [&](const std::string& name) { return load(experiment, name); }, store);
  for (const std::size_t row : rows) {
    const std::size_t model = experiment.plan.cells[row].model;
    if (!models.contains(model)) {
      runner.run({.work = core::Work::train, .item = model});
      if (record::science(models.at(model)) != record::science(record::read_model(options.file, model)))
        differing.push_back(fmt::format("model {}", experiment.plan.models[model].id));
    }
    runner.run({.work = core::Work::evaluate, .item = model, .cells = {row}});
  }
  return differing;
}

}  // namespace

core::ExitCode verify_command(const Options& options) {
  const record::Checks checks = record::verify_checksums(options.file);
  fmt::print("{}: checksums of {} cells and {} models checked\n", options.file, checks.cells, checks.models);
  for (const std::string& row : checks.damaged) fmt::print(stderr, "damaged: {}\n", row);

  const std::vector<std::size_t> rows = sample(record::read_progress(options.file), options.sample);
  const std::vector<std::string> differing = rows.empty() ? std::vector<std::string>{} : compute_again(options, rows);
  if (!rows.empty()) fmt::print("{} finished cells computed again\n", rows.size());
  for (const std::string& what : differing) fmt::print(stderr, "other bits: {}\n", what);
  return checks.damaged.empty() && differing.empty() ? core::ExitCode::done : core::ExitCode::disagree;
}

}  // namespace espalier::app
