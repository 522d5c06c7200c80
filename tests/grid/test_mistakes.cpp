// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>
#include <fmt/core.h>

#include <filesystem>
#include <fstream>

#include "broken.hpp"
#include "espalier/core/error.hpp"
#include "grid/problems.hpp"

namespace espalier::grid::test {
namespace {

void check(const std::vector<Broken>& files) {
  for (const Broken& file : files) {
    CAPTURE(file.what);
    CHECK(mistakes_in(file.text) == file.messages);
  }
}

std::string error_of_reading(const std::filesystem::path& path) {
  try {
    read(path, schema());
  } catch (const core::UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("Files that are no grid file are refused in one line") { check(broken_files()); }
TEST_CASE("Mistakes in keys, numbers and ranges are named with place, what is allowed and what was given") {
  check(broken_axes());
}
TEST_CASE("Mistakes in topologies, perturbations and noises are named with place and a suggestion") { check(broken_choices()); }
TEST_CASE("Mistakes in train, evaluate and exclude are named with place and a suggestion") { check(broken_sections()); }

TEST_CASE("A file that cannot be read is named with the reason") {
  const auto folder = std::filesystem::temp_directory_path() / "espalier-test-grid";
  std::filesystem::create_directories(folder);
  const std::string missing = (folder / "missing.yaml").string(), large = (folder / "large.yaml").string();
  std::ofstream(large) << std::string(1'000'001, '#');

  CHECK(error_of_reading(missing) == missing + ": the grid file cannot be read: No such file or directory");
  CHECK(error_of_reading(folder) == folder.string() + ": the grid file cannot be read: Is a directory");
  CHECK(error_of_reading(large) == large + ":1:1: the file is larger than 1000000 bytes, the maximum for a grid file");

  std::filesystem::remove_all(folder);
}

TEST_CASE("Aliases that multiply are refused before they fill the memory") {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) text += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i, i - 1);

  CHECK(mistakes_in(text).ends_with(": the file holds more than 200000 values"));
}

TEST_CASE("The limit on cells counts the whole product") {
  const std::string grid =
      "  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: [0, 1]\n  perturbation: {kind: rotate, level: [1, 2, 3]}\n";

  CHECK(mistakes_in(file_with(grid), {.cells = 6}) == "");
  CHECK(mistakes_in(file_with(grid), {.cells = 5}) ==
        "grid.yaml:9:17: the axes so far multiply to 6 cells, at most 5 are allowed");
}

}  // namespace espalier::grid::test
