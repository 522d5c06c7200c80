// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "espalier/core/metrics.hpp"
#include "espalier/record/needed.hpp"
#include "espalier/record/verify.hpp"
#include "support.hpp"

namespace espalier::record::test {
namespace {

using core::Status;

/// A file with the first cell and the first model done.
void write_first(const std::filesystem::path& path, const core::Plan& plan, const Layout& layout) {
  create(path, plan, layout, some_run());
  ResultsFile file(path, MPI_COMM_SELF, begin_run(path, some_run()), plan, layout);
  file.write(0, some_model(layout, 0));
  file.write(0, some_cell(plan, 0));
  file.close();
}

Needed only_first(const core::Plan& plan) {
  Needed needed{std::vector<bool>(plan.models.size()), std::vector<bool>(plan.fits.size()), std::vector<bool>(plan.tails.size()),
                std::vector<bool>(plan.cells.size())};
  needed.cells[0] = needed.models[0] = true;
  return needed;
}

}  // namespace

TEST_CASE("rows that are not needed are marked, keep their checksums and change no digest") {
  const Folder folder;
  const core::Plan plan = small_plan();
  const auto path = folder / "a.h5";
  write_first(path, plan, small_layout());
  const std::string before = digest(path);

  mark_not_needed(path, only_first(plan));
  mark_not_needed(path, only_first(plan));

  const Progress progress = read_progress(path);
  CHECK(progress.cells.status[0] == Status::done);
  CHECK(std::count(progress.cells.status.begin(), progress.cells.status.end(), Status::not_needed) == 5);
  CHECK(progress.models.status == std::vector{Status::done, Status::not_needed});
  CHECK(progress.fits.status == std::vector{Status::not_needed});
  CHECK(summarise(path).cells.not_needed == 5);
  CHECK(summarise(path).models.not_needed == 1);
  CHECK(digest(path) == before);
  CHECK(verify_checksums(path).damaged.empty());
}

TEST_CASE("a row that is needed after all is to do again, and one that is done keeps its result") {
  const Folder folder;
  const core::Plan plan = small_plan();
  const auto path = folder / "a.h5";
  write_first(path, plan, small_layout());
  mark_not_needed(path, only_first(plan));

  Needed needed = only_first(plan);
  needed.cells[0] = false;
  needed.cells[3] = true;
  mark_not_needed(path, needed);

  const Progress progress = read_progress(path);
  CHECK(progress.cells.status[0] == Status::done);
  CHECK(progress.cells.status[3] == Status::to_do);
  CHECK(progress.cells.status[4] == Status::not_needed);
}

TEST_CASE("a metric of all cells is read, cells that are not done have none") {
  const Folder folder;
  const core::Plan plan = small_plan();
  const auto path = folder / "a.h5";
  write_first(path, plan, small_layout());

  const std::vector<double> values = read_metric(path, core::metric("accuracy"));

  REQUIRE(values.size() == plan.cells.size());
  CHECK(values[0] == some_cell(plan, 0).values[core::metric("accuracy")]);
  CHECK(std::isnan(values[1]));
  CHECK_FALSE(has_until(path));
}

TEST_CASE("the rule of the seeds is an attribute of the file") {
  const Folder folder;
  core::Plan plan = small_plan();
  plan.until = {0.005, "accuracy", 5, {}};

  create(folder / "a.h5", plan, small_layout(), some_run());

  CHECK(has_until(folder / "a.h5"));
  CHECK(verify_checksums(folder / "a.h5").damaged.empty());
}

}  // namespace espalier::record::test
