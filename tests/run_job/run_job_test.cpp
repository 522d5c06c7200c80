// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "espalier/core/failure.hpp"
#include "memory.hpp"

using namespace espalier;

using run::test::evaluate_job;
using run::test::load;
using run::test::Memory;
using run::test::small_plan;
using run::test::train_job;

TEST_CASE("a model is trained, stored, read once and evaluated on all its cells") {
  const core::Plan plan = small_plan(1);
  Memory memory;
  run::Runner runner(plan, load, memory.store());

  const bool trained = runner.run(train_job);
  const bool evaluated = runner.run(evaluate_job);

  CHECK(trained);
  CHECK(evaluated);
  CHECK(memory.reads == 1);
  CHECK(memory.started == std::vector<std::size_t>{0, 0, 1});
  CHECK(memory.cells.at(0).images == 200);
  CHECK(memory.cells.at(0).outcomes.size() == 25);
  CHECK(memory.cells.at(1).status == core::Status::done);
}

TEST_CASE("cells of one network and noise evaluate the clean images once, and networks of a seed share corrupted ones") {
  core::Plan plan = small_plan(1);
  const core::Settings fog{.kind = "fog", .values = {{"severity", 1.0}}};
  plan.cells[0].perturbation = plan.cells[1].perturbation = fog;
  plan.cells.push_back(plan.cells[1]);
  plan.cells.back().perturbation = core::Settings{.kind = "none", .values = {}};
  Memory memory;
  int batches = 0;
  memory.check_cancelled = [&] { ++batches; };
  run::Runner runner(plan, load, memory.store());
  runner.run(train_job);

  const auto batches_of = [&](std::size_t row) {
    batches = 0;
    runner.run({.work = core::Work::evaluate, .item = 0, .cells = {row}});
    return batches;
  };

  CHECK(batches_of(0) == 6);  // 200 images are two batches: clean ones, corrupting them, corrupted ones
  CHECK(batches_of(1) == 4);  // the noise is another one, the corrupted images are the same
  CHECK(batches_of(2) == 0);  // the clean images under this noise
}

TEST_CASE("a cell that is done already is not evaluated again") {
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

  const bool evaluated = runner.run(evaluate_job);

  CHECK_FALSE(evaluated);
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
  const bool evaluated = runner.run(evaluate_job);

  CHECK_FALSE(trained);
  CHECK(memory.models.at(0).reason == core::Reason::not_finite);
  CHECK_FALSE(evaluated);
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
  bool evaluating = false;
  memory.check_cancelled = [&] {
    if (evaluating) throw core::Stopped("now");
  };
  run::Runner runner(plan, load, memory.store());
  runner.run(train_job);
  evaluating = true;

  CHECK_THROWS_AS(runner.run(evaluate_job), core::Stopped);
  CHECK(memory.cells.empty());
  CHECK(memory.released == std::vector<std::size_t>{0});
}

TEST_CASE("a results file that cannot be read or written ends the run, and fails no row") {
  core::Plan plan = small_plan(1);
  plan.models[0].train.values["epochs"] = 2.0;  // a training's state is kept between epochs
  const auto broken = [](auto&&...) { throw core::StoreFailure("Input/output error"); };
  Memory memory;
  run::Runner runner(plan, load, memory.store());
  runner.run(train_job);
  run::Store unreadable = memory.store(), full = memory.store();
  unreadable.read_model = [](std::size_t) -> core::ModelResult { throw core::StoreFailure("Input/output error"); };
  full.write_checkpoint = broken;
  run::Runner reading(plan, load, unreadable), keeping(plan, load, full);
  memory.models.clear();

  CHECK_THROWS_AS(reading.run(evaluate_job), core::StoreFailure);
  CHECK_THROWS_AS(keeping.run(train_job), core::StoreFailure);

  CHECK(memory.cells.empty());
  CHECK(memory.models.empty());
}

TEST_CASE("a cell and a training that take longer than they may fail with that reason") {
  const core::Plan plan = small_plan(1);
  Memory memory;
  bool late = false;
  memory.check_cancelled = [&] {
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
