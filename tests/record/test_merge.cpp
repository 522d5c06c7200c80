// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>

#include "espalier/record/merge.hpp"
#include "espalier/record/verify.hpp"
#include "support.hpp"

namespace {

/// What a test looks at before a file gets its name.
std::function<void(const std::filesystem::path& from, const std::filesystem::path& to)> before_renaming;

}  // namespace

// Stands in front of the function of the C library, for the whole program.
extern "C" int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  if (before_renaming) before_renaming(from, to);
  return static_cast<int>(syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}

namespace espalier::record::test {
namespace {

/// The part of the small plan that belongs to one model.
core::Plan shard_of(std::size_t model) {
  core::Plan plan = small_plan();
  core::Plan out = plan;
  out.models = {plan.models[model]};
  out.cells.clear();
  std::uint64_t offset = 0;
  for (core::Cell cell : plan.cells) {
    if (cell.model != model) continue;
    cell.model = 0;
    cell.outcome_offset = offset;
    offset += core::outcome_bytes(cell.images);
    out.cells.push_back(cell);
  }
  if (model != 0) out.fits.clear();
  out.hash = "shard-" + std::to_string(model);
  return out;
}

Layout shard_layout(std::size_t model) {
  Layout layout = small_layout();
  layout.models = {layout.models[model]};
  return layout;
}

void write_shard(const std::filesystem::path& path, std::size_t model) {
  const core::Plan plan = shard_of(model);
  create(path, plan, shard_layout(model), some_run());
  RunInfo info = some_run();
  info.hosts = "node-" + std::to_string(model);
  ResultsFile file(path, MPI_COMM_SELF, begin_run(path, info), plan, shard_layout(model));
  file.write(0, some_model(small_layout(), model));
  for (std::size_t i = 0; i < 3; ++i) file.write(i, some_cell(small_plan(), 3 * model + i));
  file.close();
}

/// The finished small file but for one cell, of which one outcome differs.
void write_other(const std::filesystem::path& path, std::size_t odd) {
  write_all(path, small_plan(), small_layout(), [&](std::size_t i, core::CellResult& cell) {
    if (i == odd) cell.outcomes[0] ^= 1;
  });
}

}  // namespace

TEST_CASE("merged shards have the digest of one run, and every row names its own run") {
  const Folder folder;
  write_all(folder / "whole.h5", small_plan(), small_layout());
  write_shard(folder / "0.h5", 0);
  write_shard(folder / "1.h5", 1);

  const ImportReport imported =
      merge(folder / "out.h5", {folder / "0.h5", folder / "1.h5"}, small_plan(), small_layout(), some_run());

  CHECK(imported.cells == 6);
  CHECK(imported.models == 2);
  CHECK(digest(folder / "out.h5") == digest(folder / "whole.h5"));
  CHECK(digest(folder / "out.h5") != digest(folder / "0.h5"));
  const Summary summary = summarise(folder / "out.h5");
  REQUIRE(summary.runs.size() == 2);
  CHECK(summary.runs[1].hosts == "node-1");
  CHECK(summary.done_in_last_run == 3);
  CHECK(error_of([&] { check_resumable(folder / "out.h5", small_plan(), some_run(), false); }) == "");
}

TEST_CASE("overlapping shards merge when their bits agree, and are refused with the cell's id when they do not") {
  const Folder folder;
  write_shard(folder / "0.h5", 0);
  write_all(folder / "same.h5", small_plan(), small_layout());
  write_other(folder / "odd.h5", 1);
  const auto join = [&](const char* second) {
    return merge(folder / "out.h5", {folder / "0.h5", folder / second}, small_plan(), small_layout(), some_run());
  };

  CHECK(exit_code_of([&] { join("odd.h5"); }) == 5);
  CHECK(error_of([&] { join("odd.h5"); }).find("cell " + small_plan().cells[1].id) != std::string::npos);
  CHECK(!std::filesystem::exists(folder / "out.h5"));
  const ImportReport imported = join("same.h5");
  CHECK(imported.agreed == 4);  // three cells and a model
  CHECK(imported.cells == 6);
  CHECK(digest(folder / "out.h5") == digest(folder / "same.h5"));
}

TEST_CASE("a grown grid takes over what has the same id, and nothing else") {
  const Folder folder;
  write_shard(folder / "old.h5", 1);
  create(folder / "new.h5", small_plan(), small_layout(), some_run());

  const ImportReport imported = take_over(folder / "new.h5", folder / "old.h5");

  CHECK(imported.cells == 3);
  CHECK(imported.models == 1);
  const Progress progress = read_progress(folder / "new.h5");
  CHECK(progress.damaged_rows == 0);
  CHECK(progress.cells.status[2] == core::Status::to_do);
  CHECK(progress.cells.status[3] == core::Status::done);
  CHECK(content_hash(RowReader(folder / "new.h5").read<core::ModelResult>(1)) == content_hash(some_model(small_layout(), 1)));
  CHECK(content_hash(RowReader(folder / "new.h5").read<core::CellResult>(4)) == content_hash(some_cell(small_plan(), 4)));
}

TEST_CASE("failed and damaged rows are not taken over") {
  const Folder folder;
  write_all(folder / "old.h5", small_plan(), small_layout(), [](std::size_t i, core::CellResult& cell) {
    if (i == 2) cell.status = core::Status::failed;
  });
  std::string bytes = read_bytes(folder / "old.h5");
  bytes[range_of(folder / "old.h5", "/outcomes").first] ^= 4;
  write_bytes(folder / "old.h5", bytes);
  create(folder / "new.h5", small_plan(), small_layout(), some_run());

  const ImportReport imported = take_over(folder / "new.h5", folder / "old.h5");

  CHECK(imported.cells == 4);
  CHECK(imported.damaged == std::vector<std::string>{"cell " + small_plan().cells[0].id + " (row 0 of /results)"});
  CHECK(take_over(folder / "new.h5", folder / "old.h5", true).cells == 1);  // the failed one
}

TEST_CASE("a merge names the damaged rows and their file, a row whose own id is damaged too") {
  const Folder folder;
  write_shard(folder / "0.h5", 0);
  write_shard(folder / "1.h5", 1);
  std::string bytes = read_bytes(folder / "1.h5");
  bytes[bytes.find("model-b", range_of(folder / "1.h5", "/models").first)] ^= 1;
  write_bytes(folder / "1.h5", bytes);

  const ImportReport imported =
      merge(folder / "out.h5", {folder / "0.h5", folder / "1.h5"}, small_plan(), small_layout(), some_run());

  CHECK(imported.models == 1);
  CHECK(imported.cells == 6);
  CHECK(imported.damaged == std::vector<std::string>{"model lodel-b (row 0 of /models) in " + (folder / "1.h5").string()});
}

TEST_CASE("a merged file gets its name when it is complete, and what a killed merge left is not in the way") {
  const Folder folder;
  write_shard(folder / "0.h5", 0);
  write_shard(folder / "1.h5", 1);
  write_bytes(folder / "out.h5.merging", "what a killed merge left");
  std::ptrdiff_t done = -1;
  before_renaming = [&](const std::filesystem::path& from, const std::filesystem::path& to) {
    if (to == folder / "out.h5") done = std::ranges::count(read_progress(from).cells.status, core::Status::done);
  };

  merge(folder / "out.h5", {folder / "0.h5", folder / "1.h5"}, small_plan(), small_layout(), some_run());
  before_renaming = nullptr;

  CHECK(done == 6);
  CHECK(read_progress(folder / "out.h5").cells.status.size() == 6);
  CHECK(!std::filesystem::exists(folder / "out.h5.merging"));
}

TEST_CASE("a merge does not touch a file that is there") {
  const Folder folder;
  write_shard(folder / "0.h5", 0);
  write_bytes(folder / "out.h5", "mine");

  CHECK(exit_code_of([&] { merge(folder / "out.h5", {folder / "0.h5"}, small_plan(), small_layout(), some_run()); }) == 2);
  CHECK(read_bytes(folder / "out.h5") == "mine");
}

TEST_CASE("rows of another build or other data are not taken over") {
  const Folder folder;
  write_shard(folder / "old.h5", 0);
  RunInfo grown = some_run(), data = some_run(), build = some_run();
  grown.datasets = "mnist=00ff fashion-mnist=33";
  data.datasets = "mnist=0000";
  build.revision = "other";

  CHECK(error_of([&] { check_reusable(folder / "old.h5", grown, false); }) == "");
  CHECK(error_of([&] { check_reusable(folder / "old.h5", data, true); }).find("'mnist=00ff'") != std::string::npos);
  CHECK(error_of([&] { check_reusable(folder / "old.h5", build, false); }).find("another build") != std::string::npos);
  CHECK(error_of([&] { check_reusable(folder / "old.h5", build, true); }) == "");
}

TEST_CASE("verification looks at every row and names the damaged ones") {
  const Folder folder;
  const auto path = folder / "a.h5";
  write_all(path, small_plan(), small_layout());
  CHECK(verify_checksums(path).damaged.empty());
  std::string bytes = read_bytes(path);
  for (const char* dataset : {"/class_accuracy", "/links", "/noise", "/runs"}) bytes[range_of(path, dataset).first + 2] ^= 1;
  write_bytes(path, bytes);

  const Checks checks = verify_checksums(path);

  CHECK(checks.cells == 6);
  CHECK(checks.models == 2);
  REQUIRE(checks.damaged.size() == 4);
  CHECK(checks.damaged[0] == "model model-a (row 0 of /models)");
  CHECK(checks.damaged[2] == "cell " + small_plan().cells[0].id + " (row 0 of /results)");
  CHECK(checks.damaged[3] == "run (row 0 of /runs)");
  CHECK(exit_code_of([&] { RowReader(path).read<core::CellResult>(0); }) == 2);
}

}  // namespace espalier::record::test
