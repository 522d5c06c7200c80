// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>
#include <linux/magic.h>

#include "record/file/files.hpp"
#include "record/file/header.hpp"
#include "record/hdf5/relay.hpp"
#include "support.hpp"

namespace espalier::record::test {
namespace {

/// All ranks write their share of a new file, each its own or through the writer of its group.
void write_shared(const std::filesystem::path& path, const core::Plan& plan, const Layout& layout, WrittenBy by) {
  if (rank_of_world() == 0) create(path, plan, layout, some_run());
  MPI_Barrier(MPI_COMM_WORLD);
  int size = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  ResultsFile file(path, MPI_COMM_WORLD, 0, plan, layout, by);
  const auto mine = [&](std::size_t row) { return static_cast<int>(row) % size == size - 1 - rank_of_world(); };
  for (std::size_t i = 0; i < plan.models.size(); ++i)
    if (mine(i)) file.write(i, some_model(layout, i));
  for (std::size_t i = 0; i < plan.cells.size(); ++i) {
    if (!mine(i)) continue;
    file.start({core::Work::evaluate, i});
    file.write(i, some_cell(plan, i));
  }
  file.close();
}

}  // namespace

TEST_CASE("rows that one rank writes for others are those that each would write" * doctest::test_suite("all ranks")) {
  const Folder folder(true);
  const core::Plan plan = small_plan();

  write_shared(folder / "ranks.h5", plan, small_layout(), WrittenBy::ranks);
  write_shared(folder / "coordinator.h5", plan, small_layout(), WrittenBy::coordinator);
  write_shared(folder / "hosts.h5", plan, small_layout(), WrittenBy::hosts);

  if (rank_of_world() != 0) return;
  for (const std::string name : {"coordinator.h5", "hosts.h5"}) {
    CAPTURE(name);
    CHECK(digest(folder / name) == digest(folder / "ranks.h5"));
    CHECK(std::filesystem::file_size(folder / name) == std::filesystem::file_size(folder / "ranks.h5"));
    CHECK(check_file(folder / name, Access::write, true).structure ==
          check_file(folder / "ranks.h5", Access::write, true).structure);
    const Progress progress = read_progress(folder / name);
    CHECK(progress.cells.status == std::vector<core::Status>(6, core::Status::done));
    CHECK(progress.cells.attempts == std::vector<std::uint32_t>(6, 1));
    CHECK(progress.damaged_rows == 0);
  }
}

TEST_CASE("a model that takes several requests reads back through rank 0 as it was written" * doctest::test_suite("all ranks")) {
  const Folder folder(true);
  const auto path = folder / "a.h5";
  Layout layout = small_layout();
  layout.models[1][0] = {5000, 4000, 20'000'000, false};  // 80 MB of weights; a request carries 64
  if (rank_of_world() == 0) create(path, small_plan(), layout, some_run());
  MPI_Barrier(MPI_COMM_WORLD);
  int size = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &size);

  ResultsFile file(path, MPI_COMM_WORLD, 0, small_plan(), layout, WrittenBy::coordinator);
  const core::ModelResult wrote = some_model(layout, 1);
  if (rank_of_world() == size - 1) file.write(1, wrote);
  MPI_Barrier(MPI_COMM_WORLD);
  const core::ModelResult read = std::get<core::ModelResult>(file.read({core::Work::train, 1}));
  file.close();

  CHECK(read.layers[0].weight == wrote.layers[0].weight);
  CHECK(read.layers[1].weight == wrote.layers[1].weight);
  CHECK(read.epochs[1].degrees == wrote.epochs[1].degrees);
}

TEST_CASE("ranks that write through rank 0 while it writes itself do not disturb each other" * doctest::test_suite("all ranks")) {
  const Folder folder(true);
  const auto path = folder / "a.h5";
  const core::Plan plan = small_plan();
  if (rank_of_world() == 0) create(path, plan, small_layout(), some_run());
  MPI_Barrier(MPI_COMM_WORLD);

  ResultsFile file(path, MPI_COMM_WORLD, 0, plan, small_layout(), WrittenBy::coordinator);
  const auto row = static_cast<std::size_t>(rank_of_world());
  for (int i = 0; i < 300; ++i) file.write(row, some_cell(plan, row));
  file.close();

  if (rank_of_world() != 0) return;
  const Progress progress = read_progress(path);
  CHECK(progress.cells.attempts[0] == 300);
  CHECK(progress.damaged_rows == 0);
}

TEST_CASE("what goes wrong at rank 0 is said to the rank that asked" * doctest::test_suite("all ranks")) {
  MPI_Comm comm = MPI_COMM_NULL;
  MPI_Comm_dup(MPI_COMM_WORLD, &comm);
  if (rank_of_world() == 0) {
    RelayService service(comm, {});
    service.finish();
  } else {
    const Relay relay(comm);
    std::vector<std::byte> bytes(8);
    CHECK(error_of([&] { relay.read("/nothing", 0, 1, bytes); }) ==
          "the rank that writes the results file: there is no dataset /nothing");
    CHECK(error_of([&] { relay.write("/nothing", 0, 1, bytes); }).find("no dataset /nothing") != std::string::npos);
    relay.leave();
  }
  MPI_Comm_free(&comm);
}

TEST_CASE("file systems whose clients see each other's writes late are known by their numbers") {
  CHECK(incoherent(NFS_SUPER_MAGIC) == "NFS");
  CHECK(incoherent(CIFS_SUPER_MAGIC) == "SMB");
  CHECK(incoherent(EXT4_SUPER_MAGIC) == "");
  CHECK(incoherent(0x0BD00BD0) == "");  // Lustre, which keeps its clients coherent
  CHECK(incoherent_file_system("/proc/a.h5") == "");
  CHECK(incoherent_file_system("/no/such/folder/a.h5") == "");
}

}  // namespace espalier::record::test
