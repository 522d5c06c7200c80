// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "support.hpp"

namespace espalier::record::test {

using core::Status;

TEST_CASE("a new file has every row to do and none damaged") {
  const Folder folder;
  const auto path = folder / "a.h5";

  create(path, small_plan(), small_layout(), some_run());
  const Progress progress = read_progress(path);

  CHECK(progress.cells.status == std::vector<Status>(6, Status::to_do));
  CHECK(progress.models.status == std::vector<Status>(2, Status::to_do));
  CHECK(progress.damaged_rows == 0);
  CHECK(grid_text(path) == small_plan().source);
}

TEST_CASE("a model reads back as it was written, by its writer and by another rank" * doctest::test_suite("all ranks")) {
  const Folder folder(true);
  const auto path = folder / "a.h5";
  const Layout layout = small_layout();
  if (rank_of_world() == 0) create(path, small_plan(), layout, some_run());
  MPI_Barrier(MPI_COMM_WORLD);
  int size = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &size);

  ResultsFile file(path, MPI_COMM_WORLD, 0, small_plan(), layout);
  if (rank_of_world() == size - 1)
    for (std::size_t i = 0; i < 2; ++i) file.write(i, some_model(layout, i));
  MPI_Barrier(MPI_COMM_WORLD);

  for (std::size_t i = 0; i < 2; ++i) {
    const core::ModelResult wrote = some_model(layout, i);
    const auto read = std::get<core::ModelResult>(file.read({core::Work::train, i}));
    CHECK(read.test_accuracy == wrote.test_accuracy);
    CHECK(read.epochs.size() == 2);
    CHECK(read.epochs[1].train_loss == 0.7);
    for (std::size_t e = 0; e < 2; ++e) CHECK(read.epochs[e].degrees == wrote.epochs[e].degrees);
    CHECK(read.input_mean == wrote.input_mean);
    CHECK(read.layers.size() == wrote.layers.size());
    for (std::size_t l = 0; l < wrote.layers.size(); ++l) {
      CHECK(read.layers[l].shape == wrote.layers[l].shape);
      CHECK(read.layers[l].weight == wrote.layers[l].weight);
      CHECK(read.layers[l].bias == wrote.layers[l].bias);
      CHECK(read.layers[l].start == wrote.layers[l].start);
      CHECK(read.layers[l].target == wrote.layers[l].target);
    }
  }
  file.close();
}

TEST_CASE("cells written by several ranks are all there, and the structure of the file has not changed" *
          doctest::test_suite("all ranks")) {
  const Folder folder(true);
  const auto path = folder / "a.h5";
  const core::Plan plan = small_plan();
  if (rank_of_world() == 0) create(path, plan, small_layout(), some_run());
  MPI_Barrier(MPI_COMM_WORLD);
  int size = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &size);

  ResultsFile file(path, MPI_COMM_WORLD, 0, plan, small_layout());
  for (std::size_t i = 0; i < plan.cells.size(); ++i)
    if (static_cast<int>(i) % size == rank_of_world()) file.write(i, some_cell(plan, i));
  file.close();

  if (rank_of_world() != 0) return;
  const Progress progress = read_progress(path);  // checks the structure's SHA-256 as well
  CHECK(progress.cells.status == std::vector<Status>(6, Status::done));
  CHECK(progress.damaged_rows == 0);
}

TEST_CASE("a failed cell keeps its reason and message, and a retry counts its attempts") {
  const Folder folder;
  const auto path = folder / "a.h5";
  const core::Plan plan = small_plan();
  create(path, plan, small_layout(), some_run());
  core::CellResult failed;
  failed.status = Status::failed;
  failed.reason = core::Reason::not_finite;
  failed.message = "the loss is NaN: " + std::string(200, 'x');

  ResultsFile file(path, MPI_COMM_SELF, 0, plan, small_layout());
  file.start({core::Work::evaluate, 2});
  file.write(2, failed);
  file.start({core::Work::evaluate, 3});
  file.start({core::Work::evaluate, 3});
  file.write(4, some_cell(plan, 4));
  file.write(4, some_cell(plan, 4));
  file.close();
  const Progress progress = read_progress(path);

  CHECK(progress.cells.status[2] == Status::failed);
  CHECK(progress.cells.reasons[2] == core::Reason::not_finite);
  CHECK(progress.cells.messages[2] == failed.message.substr(0, 96));
  CHECK(progress.cells.status[3] == Status::started);
  CHECK(progress.cells.attempts == std::vector<std::uint32_t>{0, 0, 1, 2, 2, 0});
  CHECK(progress.damaged_rows == 0);
}

TEST_CASE("the summary counts what is done, failed and running, and the runs") {
  const Folder folder;
  const auto path = folder / "a.h5";
  const core::Plan plan = small_plan();
  create(path, plan, small_layout(), some_run());
  begin_run(path, some_run());
  const int run = begin_run(path, some_run());

  ResultsFile file(path, MPI_COMM_SELF, run, plan, small_layout());
  file.write(0, some_cell(plan, 0));
  file.write(1, some_cell(plan, 1));
  file.start({core::Work::evaluate, 2});
  file.close();
  end_run(path, run, {1700000100, 90, 3});
  const Summary summary = summarise(path);

  CHECK(summary.name == "small");
  CHECK(summary.cells.all == 6);
  CHECK(summary.cells.done == 2);
  CHECK(summary.done_in_last_run == 2);
  CHECK(summary.cells.running == 1);
  CHECK(summary.seconds_done == 1.0);
  REQUIRE(summary.runs.size() == 2);
  CHECK(summary.runs[1].end == 1700000100);
  CHECK(summary.runs[1].active == 90);
  CHECK(summary.runs[1].exit_code == 3);
  CHECK(summary.runs[0].exit_code == -1);
  CHECK(summary.runs[1].revision == "abc");
}

TEST_CASE("when the reserve of runs is full the last row is used again") {
  const Folder folder;
  const auto path = folder / "a.h5";
  Layout layout = small_layout();
  layout.runs = 2;
  create(path, small_plan(), layout, some_run());

  CHECK(begin_run(path, some_run()) == 0);
  CHECK(begin_run(path, some_run()) == 1);
  CHECK(begin_run(path, some_run()) == 1);
  CHECK(summarise(path).runs.size() == 2);
}

TEST_CASE("a result of the wrong size is refused") {
  const Folder folder;
  const auto path = folder / "a.h5";
  const core::Plan plan = small_plan();
  create(path, plan, small_layout(), some_run());
  core::CellResult cell = some_cell(plan, 0);
  cell.outcomes.pop_back();

  ResultsFile file(path, MPI_COMM_SELF, 0, plan, small_layout());

  CHECK_THROWS_AS(file.write(0, cell), std::logic_error);
  file.close();
}

}  // namespace espalier::record::test
