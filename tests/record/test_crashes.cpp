// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "espalier/record/verify.hpp"
#include "support.hpp"

namespace espalier::record::test {

using core::Status;

namespace {

/// A file with one run, which starts cell 2 and model 1 and dies.
void start_and_die(const std::filesystem::path& path) {
  ResultsFile file(path, MPI_COMM_SELF, 0, small_plan(), small_layout());
  file.start({core::Work::evaluate, 2});
  file.start({core::Work::train, 1});
  file.close();
}

}  // namespace

TEST_CASE("rows that a dead run left are to do again, until it was once too often") {
  const Folder folder;
  const auto path = folder / "a.h5";
  create(path, small_plan(), small_layout(), some_run());

  for (std::uint32_t crash = 1; crash <= most_crashes; ++crash) {
    start_and_die(path);
    const Crashes found = count_crashes(path);
    const Progress progress = read_progress(path);

    CHECK(found.interrupted == 2);
    CHECK(found.given_up == (crash == most_crashes ? 2 : 0));
    CHECK(progress.cells.crashes[2] == crash);
    CHECK(progress.cells.status[2] == (crash == most_crashes ? Status::failed : Status::to_do));
    CHECK(progress.models.status[1] == progress.cells.status[2]);
    CHECK(progress.damaged_rows == 0);
    CHECK(count_crashes(path).interrupted == 0);
  }

  CHECK(RowReader(path).read<core::CellResult>(2).reason == core::Reason::crashed);
  CHECK(RowReader(path).read<core::CellResult>(2).message == "the run ended 3 times while it computed this job");
}

TEST_CASE("a row that was released, or that ended, counts no crash") {
  const Folder folder;
  const auto path = folder / "a.h5";
  create(path, small_plan(), small_layout(), some_run());
  ResultsFile file(path, MPI_COMM_SELF, 0, small_plan(), small_layout());
  file.start({core::Work::evaluate, 0});
  file.release({core::Work::evaluate, 0});
  file.start({core::Work::train, 0});
  file.release({core::Work::train, 0});
  file.start({core::Work::train, 1});
  file.write(1, some_model(small_layout(), 1));
  file.close();

  CHECK(count_crashes(path).interrupted == 0);
  const Progress progress = read_progress(path);
  CHECK(progress.cells.status[0] == Status::to_do);
  CHECK(progress.models.status == std::vector<Status>{Status::to_do, Status::done});
  CHECK(progress.cells.attempts[0] == 1);
}

}  // namespace espalier::record::test
