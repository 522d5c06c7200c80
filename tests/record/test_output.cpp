// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <ostream>

#include "espalier/core/error.hpp"
#include "espalier/record/output.hpp"
#include "support.hpp"

namespace espalier::record::test {
namespace fs = std::filesystem;
namespace {

void write_text(const fs::path& out, const std::string& text) {
  write_output(out, [&](std::ostream& stream) { stream << text; });
}

std::size_t files_in(const Folder& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder / ""), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("an output is replaced only by a complete one") {
  const Folder folder;
  write_text(folder / "out.csv", "old");

  CHECK_THROWS_AS(write_output(folder / "out.csv",
                               [](std::ostream& stream) {
                                 stream << "half of the n";
                                 throw core::UserError("the results file is damaged");
                               }),
                  core::UserError);
  CHECK(read_bytes(folder / "out.csv") == "old");
  CHECK(files_in(folder) == 1);

  write_text(folder / "out.csv", "new");
  CHECK(read_bytes(folder / "out.csv") == "new");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("an output whose stream fails is exit code 1 and leaves the old one") {
  const Folder folder;
  write_text(folder / "out.csv", "old");

  CHECK(exit_code_of(
            [&] { write_output(folder / "out.csv", [](std::ostream& stream) { stream.setstate(std::ios::badbit); }); }) == 1);
  CHECK(read_bytes(folder / "out.csv") == "old");
  CHECK(exit_code_of([] { write_text("/dev/full", std::string(100000, 'x')); }) == 1);
}

TEST_CASE("an output goes where a symbolic link points, also when the file is new") {
  const Folder folder;
  fs::create_directories(folder / "there");
  fs::create_symlink("there/out.csv", folder / "out.csv");

  write_text(folder / "out.csv", "text");

  CHECK(fs::is_symlink(folder / "out.csv"));
  CHECK(read_bytes(folder / "there/out.csv") == "text");
}

TEST_CASE("an output in no folder, in a file or as a folder is a mistake") {
  const Folder folder;
  write_text(folder / "file", "text");

  CHECK(error_of([&] { write_text(folder / "no/out.csv", ""); }).find("no' does not exist") != std::string::npos);
  CHECK(error_of([&] { write_text(folder / "file/out.csv", ""); }).find("file' does not exist") != std::string::npos);
  CHECK(error_of([&] { write_text(folder / "", ""); }).find("is a folder") != std::string::npos);
  CHECK(exit_code_of([&] { write_text(folder / "no/out.csv", ""); }) == 2);
}

}  // namespace espalier::record::test
