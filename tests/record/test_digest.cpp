// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "espalier/record/verify.hpp"
#include "record/rows/table.hpp"
#include "support.hpp"

namespace espalier::record::test {
namespace {

/// Every field of the list is part of what the digest covers, and is kept by its own setter.
template <typename Result, typename Fields>
void check_fields(const Fields& fields) {
  for (const core::Field<Result>& field : fields) {
    CAPTURE(field.name);
    Result changed;
    field.set(changed, 0.75);
    const double kept = field.of(changed);
    CHECK(kept == (field.whole() ? 0 : 0.75));
    field.set(changed, field.of(changed) + 3);
    CHECK(content_hash(changed) != content_hash(Result{}));
  }
}

}  // namespace

TEST_CASE("the digest covers every field of models, fits and tails") {
  check_fields<core::ModelResult>(core::model_fields);
  check_fields<core::FitResult>(core::fit_fields);
  check_fields<core::TailResult>(core::tail_fields);
}

TEST_CASE("a damaged number is no place and no count") {
  Table table;
  table.add({"number", Type::f64, "1"});
  std::vector<std::byte> bytes(table.width());
  const auto read = [&](double number) {
    Row(table, bytes).set("number", number);
    return ConstRow(table, bytes).whole("number");
  };

  CHECK(read(12) == 12);
  CHECK(!read(-1));
  CHECK(!read(1e300));
  CHECK(!read(std::numeric_limits<double>::quiet_NaN()));
}

TEST_CASE("the digest ignores order, time, rank, run and message") {
  const Folder folder;
  const core::Plan plan = small_plan();
  const Layout layout = small_layout();
  write_all(folder / "a.h5", plan, layout);

  create(folder / "b.h5", plan, layout, some_run());
  begin_run(folder / "b.h5", some_run());
  const int run = begin_run(folder / "b.h5", some_run());
  ResultsFile file(folder / "b.h5", MPI_COMM_SELF, run, plan, layout);
  for (std::size_t i = plan.cells.size(); i-- > 0;) {
    core::CellResult cell = some_cell(plan, i);
    cell.seconds = 77;
    cell.message = "slow disk";
    file.write(i, cell);
  }
  for (std::size_t i = 0; i < 2; ++i) {
    core::ModelResult model = some_model(layout, i);
    model.seconds = 11;
    file.start({core::Work::train, i});
    file.write(i, model);
  }
  file.close();

  CHECK(digest(folder / "a.h5") == digest(folder / "b.h5"));
}

TEST_CASE("the digest does not depend on the order of the rows") {
  const Folder folder;
  const Layout layout = small_layout();
  const core::Plan plan = small_plan();
  core::Plan other = plan;
  std::swap(other.cells[0], other.cells[3]);
  write_all(folder / "a.h5", plan, layout);
  write_all(folder / "b.h5", other, layout, [&](std::size_t i, core::CellResult& cell) {
    if (i == 0) cell = some_cell(plan, 3);
    if (i == 3) cell = some_cell(plan, 0);
  });

  CHECK(digest(folder / "a.h5") == digest(folder / "b.h5"));
}

TEST_CASE("the digest differs when any science differs") {
  const Folder folder;
  const core::Plan plan = small_plan();
  write_all(folder / "a.h5", plan, small_layout());
  const std::string whole = digest(folder / "a.h5");
  int n = 0;
  const auto changed = [&](const std::function<void(core::CellResult&)>& change) {
    const auto path = folder / (std::to_string(n++) + ".h5");
    write_all(path, plan, small_layout(), [&](std::size_t i, core::CellResult& cell) {
      if (i == 4) change(cell);
    });
    return digest(path);
  };

  CHECK(changed([](core::CellResult&) {}) == whole);
  CHECK(changed([](core::CellResult& cell) { cell.values[3] = -std::numeric_limits<double>::quiet_NaN(); }) == whole);
  CHECK(changed([](core::CellResult& cell) { cell.outcomes[1] ^= 1; }) != whole);
  CHECK(changed([](core::CellResult& cell) { cell.class_accuracy[0] += 0.5F; }) != whole);
  CHECK(changed([](core::CellResult& cell) { cell.values[0] = std::nextafter(cell.values[0], 1); }) != whole);
  CHECK(changed([](core::CellResult& cell) { ++cell.correct; }) != whole);
  CHECK(changed([](core::CellResult& cell) { cell.status = core::Status::failed; }) != whole);
}

TEST_CASE("a file that is not finished has the digest of what is finished") {
  const Folder folder;
  const core::Plan plan = small_plan();
  create(folder / "a.h5", plan, small_layout(), some_run());
  const std::string empty = digest(folder / "a.h5");

  ResultsFile file(folder / "a.h5", MPI_COMM_SELF, 0, plan, small_layout());
  file.start({core::Work::evaluate, 1});
  file.close();
  CHECK(digest(folder / "a.h5") == empty);

  ResultsFile again(folder / "a.h5", MPI_COMM_SELF, 0, plan, small_layout());
  again.write(1, some_cell(plan, 1));
  again.close();
  CHECK(digest(folder / "a.h5") != empty);
}

}  // namespace espalier::record::test
