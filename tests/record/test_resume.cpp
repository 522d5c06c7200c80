// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "support.hpp"

namespace espalier::record::test {

TEST_CASE("the same plan, data and build resume") {
  const Folder folder;
  const auto path = folder / "a.h5";
  create(path, small_plan(), small_layout(), some_run());

  CHECK(error_of([&] { check_resumable(path, small_plan(), some_run(), false); }) == "");
}

TEST_CASE("another plan, data content or build is refused, naming the difference") {
  const Folder folder;
  const auto path = folder / "a.h5";
  create(path, small_plan(), small_layout(), some_run());
  core::Plan plan = small_plan();
  plan.hash = "0123456789abcdef";
  RunInfo data = some_run(), build = some_run();
  data.datasets = "mnist=1234";
  build.revision = "def-dirty";
  const auto refusal = [&](const core::Plan& p, const RunInfo& run, bool accept) {
    CHECK(exit_code_of([&] { check_resumable(path, p, run, accept); }) == 2);
    return error_of([&] { check_resumable(path, p, run, accept); });
  };

  CHECK(refusal(plan, some_run(), true).find("holds another plan") != std::string::npos);
  CHECK(refusal(small_plan(), data, true).find("'mnist=00ff', now 'mnist=1234'") != std::string::npos);
  CHECK(refusal(small_plan(), build, false).find("revision 'abc', this one has 'def-dirty'") != std::string::npos);
  CHECK(error_of([&] { check_resumable(path, small_plan(), build, true); }) == "");
}

TEST_CASE("an accepted build is the one that the next run must have") {
  const Folder folder;
  const auto path = folder / "a.h5";
  create(path, small_plan(), small_layout(), some_run());
  RunInfo build = some_run();
  build.flags = "-O2";
  begin_run(path, build);

  CHECK(error_of([&] { check_resumable(path, small_plan(), build, false); }) == "");
  CHECK(exit_code_of([&] { check_resumable(path, small_plan(), some_run(), false); }) == 2);
}

TEST_CASE("creation refuses a missing folder, an existing file and a disk that is too small") {
  const Folder folder;
  const auto make = [&](const std::filesystem::path& path, const Layout& layout) {
    CHECK(exit_code_of([&] { create(path, small_plan(), layout, some_run()); }) == 2);
    return error_of([&] { create(path, small_plan(), layout, some_run()); });
  };
  write_bytes(folder / "there.h5", "mine");
  Layout huge = small_layout();
  huge.models[0][0].links = std::uint64_t{1} << 50;

  CHECK(make(folder / "no/such/a.h5", small_layout()).find("does not exist") != std::string::npos);
  CHECK(make(folder / "there.h5", small_layout()).find("already exists") != std::string::npos);
  CHECK(read_bytes(folder / "there.h5") == "mine");
  const std::string full = make(folder / "big.h5", huge);
  CHECK(full.find("the results need 9.0 PB") != std::string::npos);
  CHECK(full.find("are available") != std::string::npos);
  CHECK(!std::filesystem::exists(folder / "big.h5"));
  CHECK(!std::filesystem::exists(folder / "big.h5.new"));
}

TEST_CASE("what a killed creation left behind is no obstacle") {
  const Folder folder;
  write_bytes(folder / "a.h5.new", "half a file");

  create(folder / "a.h5", small_plan(), small_layout(), some_run());

  CHECK(read_progress(folder / "a.h5").cells.status.size() == 6);
  CHECK(!std::filesystem::exists(folder / "a.h5.new"));
}

TEST_CASE("the predicted size of the file is right within a tenth and is no less than it takes") {
  const Folder folder;
  core::Plan plan = small_plan();
  Layout layout = small_layout();
  layout.models[1][0] = {1000, 1000, 1000000, false};

  create(folder / "a.h5", plan, layout, some_run());
  const auto size = std::filesystem::file_size(folder / "a.h5");

  CHECK(file_size(plan, layout) >= size);
  CHECK(file_size(plan, layout) < size + size / 10);
}

}  // namespace espalier::record::test
