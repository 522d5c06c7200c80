#include "espalier/run/run_job.hpp"

#include <doctest/doctest.h>

#include <map>

#include "espalier/core/failure.hpp"
#include "espalier/train/topology.hpp"
#include "espalier/train/trainer.hpp"

using namespace espalier;

namespace {

/// Settings of `kind` with its defaults, then `changes`.
core::Settings with_defaults(const core::Kind& kind, const std::map<std::string, core::Value>& changes) {
  core::Settings settings{.kind = kind.name, .values = {}};
  for (const core::Parameter& p : kind.parameters)
    if (!p.fallback.empty()) settings.values[p.name] = p.fallback.front();
  for (const auto& [name, value] : changes) settings.values[name] = value;
  return settings;
}

/// One static model on the synthetic data, clean and with noise at hidden layer `layer`.
core::Plan small_plan(int layer) {
  core::Plan plan;
  plan.master_seed = 7;
  const core::Settings train = with_defaults(train::train_settings(), {{"hidden", std::vector<double>{50, 50}}, {"epochs", 1.0}});
  plan.models.push_back({.id = "m",
                         .dataset = "synthetic",
                         .topology = with_defaults(train::rule("static").kind, {}),
                         .sparsity = 0.9,
                         .seed = 0,
                         .train = train,
                         .stream = "s"});
  const core::Settings none{.kind = "none", .values = {}};
  const core::Settings noise{.kind = "isotropic", .values = {{"layer", double(layer)}, {"trace", 0.1}, {"draws", 2.0}}};
  for (const core::Settings& n : {none, noise})
    plan.cells.push_back(
        {.id = "c", .perturbation = none, .noise = n, .evaluate = {.kind = "evaluate", .values = {}}, .images = 200});
  return plan;
}

/// A store in memory that counts what is asked of it.
struct Memory {
  std::map<std::size_t, core::ModelResult> models;
  std::map<std::size_t, core::FitResult> fits;
  std::map<std::size_t, core::TailResult> tails;
  std::map<std::size_t, core::CellResult> cells;
  std::vector<std::size_t> started, released;  ///< models and cells, in order
  int reads = 0;
  int epochs_until_stop = 1000;
  core::Pulse pulse = [] {};

  run::Store store() {
    return {.read_model =
                [this](std::size_t row) {
                  ++reads;
                  return models.at(row);
                },
            .read_fit = [this](std::size_t row) { return fits.at(row); },
            .read_tail = [this](std::size_t row) { return tails.at(row); },
            .start_model = [this](std::size_t row) { started.push_back(row); },
            .start_fit = [this](std::size_t row) { started.push_back(row); },
            .start_tail = [this](std::size_t row) { started.push_back(row); },
            .start_cell = [this](std::size_t row) { started.push_back(row); },
            .release_model = [this](std::size_t row) { released.push_back(row); },
            .release_fit = [this](std::size_t row) { released.push_back(row); },
            .release_tail = [this](std::size_t row) { released.push_back(row); },
            .release_cell = [this](std::size_t row) { released.push_back(row); },
            .write_model = [this](std::size_t row, const core::ModelResult& result) { models[row] = result; },
            .write_fit = [this](std::size_t row, const core::FitResult& result) { fits[row] = result; },
            .write_tail = [this](std::size_t row, const core::TailResult& result) { tails[row] = result; },
            .write_cell = [this](std::size_t row, const core::CellResult& result) { cells[row] = result; },
            .wanted = [this](std::size_t row) { return !cells.contains(row); },
            .stop = [this] { return epochs_until_stop-- <= 0; },
            .pulse = pulse,
            .seconds = [] { return 0.0; }};
  }
};

data::Dataset load(const std::string&) { return data::synthetic(); }

const core::Job train_job{.work = core::Work::train, .item = 0};
const core::Job evaluate_job{.work = core::Work::evaluate, .item = 0, .cells = {0, 1}};

}  // namespace

TEST_CASE("a model is trained, stored, read once and judged on all its cells") {
  const core::Plan plan = small_plan(1);
  Memory memory;
  run::Runner runner(plan, load, memory.store());

  const bool trained = runner.run(train_job);
  const bool judged = runner.run(evaluate_job);

  CHECK(trained);
  CHECK(judged);
  CHECK(memory.reads == 1);
  CHECK(memory.started == std::vector<std::size_t>{0, 0, 1});
  CHECK(memory.cells.at(0).images == 200);
  CHECK(memory.cells.at(0).outcomes.size() == 25);
  CHECK(memory.cells.at(1).status == core::Status::done);
}

TEST_CASE("a cell that is done already is not judged again") {
  const core::Plan plan = small_plan(1);
  Memory memory;
  run::Runner runner(plan, load, memory.store());
  runner.run(train_job);
  memory.cells[0].correct = 12345;

  runner.run(evaluate_job);

  CHECK(memory.cells.at(0).correct == 12345);
  CHECK(memory.cells.at(1).correct != 12345);
}

TEST_CASE("a cell that fails becomes a failed row with its reason, and the others go on") {
  const core::Plan plan = small_plan(3);  // the network has two hidden layers
  Memory memory;
  run::Runner runner(plan, load, memory.store());
  runner.run(train_job);

  const bool judged = runner.run(evaluate_job);

  CHECK_FALSE(judged);
  CHECK(memory.cells.at(0).status == core::Status::done);
  CHECK(memory.cells.at(1).status == core::Status::failed);
  CHECK(memory.cells.at(1).reason == core::Reason::exception);
  CHECK(memory.cells.at(1).message.find("layer 3") != std::string::npos);
}

TEST_CASE("cells of a model that diverged fail because what they need failed") {
  core::Plan plan = small_plan(1);
  plan.models[0].train.values["learning_rate"] = 1e30;
  Memory memory;
  run::Runner runner(plan, load, memory.store());

  const bool trained = runner.run(train_job);
  const bool judged = runner.run(evaluate_job);

  CHECK_FALSE(trained);
  CHECK(memory.models.at(0).reason == core::Reason::not_finite);
  CHECK_FALSE(judged);
  CHECK(memory.cells.at(0).reason == core::Reason::needs_failed);
}

TEST_CASE("a stop ends a job without a row") {
  const core::Plan plan = small_plan(1);
  Memory memory;
  memory.epochs_until_stop = 0;
  run::Runner runner(plan, load, memory.store());

  CHECK_THROWS_AS(runner.run(train_job), core::Stopped);
  CHECK(memory.models.empty());
  CHECK(memory.released == std::vector<std::size_t>{0});
}

TEST_CASE("a stop in the middle of a cell gives the cell back") {
  const core::Plan plan = small_plan(1);
  Memory memory;
  bool judging = false;
  memory.pulse = [&] {
    if (judging) throw core::Stopped("now");
  };
  run::Runner runner(plan, load, memory.store());
  runner.run(train_job);
  judging = true;

  CHECK_THROWS_AS(runner.run(evaluate_job), core::Stopped);
  CHECK(memory.cells.empty());
  CHECK(memory.released == std::vector<std::size_t>{0});
}

TEST_CASE("a cell and a training that take longer than they may fail with that reason") {
  const core::Plan plan = small_plan(1);
  Memory memory;
  bool late = false;
  memory.pulse = [&] {
    if (late) throw core::TimeLimit("longer than 1 s");
  };
  run::Runner runner(plan, load, memory.store());
  runner.run(train_job);
  late = true;

  CHECK_FALSE(runner.run(evaluate_job));
  CHECK_FALSE(runner.run(train_job));

  CHECK(memory.cells.at(1).reason == core::Reason::time_limit);
  CHECK(memory.models.at(0).reason == core::Reason::time_limit);
  CHECK(memory.models.at(0).message == "longer than 1 s");
}
