// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "espalier/record/merge.hpp"
#include "espalier/record/notes.hpp"
#include "record/file/header.hpp"
#include "support.hpp"

namespace espalier::record::test {
namespace {

Layout layout_with(std::uint32_t notes) {
  Layout layout = small_layout();
  layout.notes = notes;
  return layout;
}

}  // namespace

TEST_CASE("notes read back in the order of their dates, and the structure of the file stays as it was") {
  const Folder folder;
  const auto path = folder / "a.h5";
  write_all(path, small_plan(), small_layout());
  const std::string before = digest(path), structure = check_file(path, Access::write, true).structure;
  CHECK(read_notes(path).empty());

  add_notes(path, {{3e9, "late"}});
  add_notes(path, {{1e9, "early"}, {2e9, std::string(most_note_bytes, 'x')}});

  CHECK(read_notes(path) == std::vector<Note>{{1e9, "early"}, {2e9, std::string(most_note_bytes, 'x')}, {3e9, "late"}});
  CHECK(digest(path) == before);
  CHECK(check_file(path, Access::write, true).structure == structure);
}

TEST_CASE("notes that find no room are refused, all of them") {
  const Folder folder;
  create(folder / "two.h5", small_plan(), layout_with(2), some_run());
  create(folder / "none.h5", small_plan(), layout_with(0), some_run());
  add_notes(folder / "two.h5", {{1, "a"}});

  CHECK(exit_code_of([&] { add_notes(folder / "two.h5", {{2, "b"}, {3, "c"}}); }) == 2);
  CHECK(error_of([&] { add_notes(folder / "none.h5", {{2, "b"}}); }).find("has room for 0 notes") != std::string::npos);

  CHECK(read_notes(folder / "two.h5") == std::vector<Note>{{1, "a"}});
  CHECK(read_notes(folder / "none.h5").empty());
}

TEST_CASE("a merged file has the notes of all files, equal ones once, and room for more") {
  const Folder folder;
  for (const char* name : {"a.h5", "b.h5"}) {
    write_all(folder / name, small_plan(), layout_with(2));
    add_notes(folder / name, {{1e9, "in both"}, {2e9, name}});
  }

  merge(folder / "out.h5", {folder / "a.h5", folder / "b.h5"}, small_plan(), layout_with(1), some_run());

  const std::vector<Note> all{{1e9, "in both"}, {2e9, "a.h5"}, {2e9, "b.h5"}};
  CHECK(read_notes(folder / "out.h5") == all);
  CHECK(exit_code_of([&] { add_notes(folder / "out.h5", {{3e9, "one more"}}); }) == -1);
}

}  // namespace espalier::record::test
