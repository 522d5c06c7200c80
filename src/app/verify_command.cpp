// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <map>

#include "app/commands.hpp"
#include "app/console.hpp"
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

/// Computes single cells of a file again, with the models, fits and tails that they need, and compares.
class Recomputation {
 public:
  Recomputation(const Options& options, const Experiment& experiment)
      : file_(options.file),
        plan_(experiment.plan),
        runner_(
            plan_, [&experiment](const std::string& name) { return load(experiment, name); }, store()) {}

  void add(std::size_t row) {
    const core::Cell& cell = plan_.cells[row];
    if (!models_.contains(cell.model)) runner_.run({.work = core::Work::train, .item = cell.model});
    if (cell.fit && !fits_.contains(*cell.fit)) runner_.run({.work = core::Work::fit, .item = *cell.fit});
    if (cell.tail && !tails_.contains(*cell.tail)) runner_.run({.work = core::Work::retrain, .item = *cell.tail});
    runner_.run({.work = core::Work::evaluate, .item = cell.model, .cells = {row}});
  }

  /// "cell 0123456789abcdef" for each whose bits differ from the file's.
  const std::vector<std::string>& differing() const { return differing_; }

 private:
  run::Store store() {
    const auto ignore = [](std::size_t) {};
    return {.read_model = [this](std::size_t row) { return models_.at(row); },
            .read_fit = [this](std::size_t row) { return fits_.at(row); },
            .read_tail = [this](std::size_t row) { return tails_.at(row); },
            .start_model = ignore,
            .start_fit = ignore,
            .start_tail = ignore,
            .start_cell = ignore,
            .release_model = ignore,
            .release_fit = ignore,
            .release_tail = ignore,
            .release_cell = ignore,
            .write_model = [this](std::size_t row,
                                  const auto& model) { keep(models_, record::read_model, "model", plan_.models, row, model); },
            .write_fit = [this](std::size_t row, const auto& fit) { keep(fits_, record::read_fit, "fit", plan_.fits, row, fit); },
            .write_tail = [this](std::size_t row,
                                 const auto& tail) { keep(tails_, record::read_tail, "tail", plan_.tails, row, tail); },
            .write_cell = [this](std::size_t row,
                                 const auto& cell) { keep(cells_, record::read_cell, "cell", plan_.cells, row, cell); },
            .wanted = [](std::size_t) { return true; },
            .stop = [] { return false; },
            .pulse = {},
            .seconds = [] { return now(); }};
  }

  template <typename Result, typename Specs>
  void keep(std::map<std::size_t, Result>& made, Result (*read)(const std::filesystem::path&, std::size_t), std::string_view what,
            const Specs& specs, std::size_t row, const Result& result) {
    if (record::science(result) != record::science(read(file_, row)))
      differing_.push_back(fmt::format("{} {}", what, specs[row].id));
    made[row] = result;
  }

  std::filesystem::path file_;
  const core::Plan& plan_;
  std::map<std::size_t, core::ModelResult> models_;
  std::map<std::size_t, core::FitResult> fits_;
  std::map<std::size_t, core::TailResult> tails_;
  std::map<std::size_t, core::CellResult> cells_;
  std::vector<std::string> differing_;
  run::Runner runner_;
};

std::vector<std::string> compute_again(const Options& options, const std::vector<std::size_t>& rows) {
  const Experiment experiment = prepare_again(options.file, options);
  Recomputation again(options, experiment);
  for (const std::size_t row : rows) again.add(row);
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
