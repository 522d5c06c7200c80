// SPDX-License-Identifier: BSD-3-Clause
// One results file, many names: each of them leads to the same owner.

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "child.hpp"
#include "espalier/record/lock.hpp"
#include "espalier/record/results_file.hpp"
#include "record/file/files.hpp"
#include "support.hpp"

namespace espalier::record::test {
namespace fs = std::filesystem;
namespace {

int exit_code_of_taking(const fs::path& name) {
  return exit_code_of([&] { Lock::take(name); });
}

fs::path new_file(const fs::path& path) {
  std::ofstream(path) << "results";
  return path;
}

}  // namespace

TEST_CASE("a run owns its file under every name that the file has") {
  const Folder folder;
  const fs::path file = new_file(folder / "a.h5");
  fs::create_directories(folder / "sub");
  fs::create_symlink("a.h5", folder / "link.h5");
  fs::create_symlink("../link.h5", folder / "sub/link-to-link.h5");
  fs::create_directory_symlink("..", folder / "sub/up");
  fs::create_hard_link(file, folder / "sub/hard.h5");
  const Child owner([&] { new Lock(Lock::take(file)); });

  for (const char* name : {"a.h5", "link.h5", "sub/link-to-link.h5", "sub/../a.h5", "sub/up/a.h5", "sub/hard.h5"}) {
    CAPTURE(name);
    CHECK(exit_code_of_taking(folder / name) == 4);
    CHECK(is_held(folder / name));
  }
}

TEST_CASE("a run that came by a link owns the file under its own name") {
  const Folder folder;
  const fs::path file = new_file(folder / "a.h5");
  fs::create_symlink("a.h5", folder / "link.h5");
  fs::create_hard_link(file, folder / "hard.h5");
  for (const char* name : {"link.h5", "hard.h5"}) {
    const Child owner([&] { new Lock(Lock::take(folder / name)); });

    CHECK(exit_code_of_taking(file) == 4);
  }
  CHECK(exit_code_of_taking(file) == -1);
}

TEST_CASE("a stray rank of a killed run holds the file under every name too") {
  const Folder folder;
  const fs::path file = new_file(folder / "a.h5");
  fs::create_hard_link(file, folder / "hard.h5");
  Child owner([&] { new Lock(Lock::take(file)); });
  Child stray([&] { new Lock(Lock::join(file)); });
  owner.kill_now();

  CHECK(exit_code_of_taking(folder / "hard.h5") == 4);
  stray.kill_now();
  CHECK(exit_code_of_taking(folder / "hard.h5") == -1);
}

TEST_CASE("a renamed file stays owned, under both names") {
  const Folder folder;
  const fs::path file = new_file(folder / "a.h5");
  const Child owner([&] { new Lock(Lock::take(file)); });
  fs::rename(file, folder / "b.h5");

  CHECK(exit_code_of_taking(folder / "b.h5") == 4);
  CHECK(exit_code_of_taking(file) == 4);
}

TEST_CASE("a lock taken before its file exists covers the file that is created then") {
  const Folder folder;
  const Child owner([&] {
    auto* lock = new Lock(Lock::take(folder / "a.h5"));
    new_file(folder / "a.h5");
    lock->hold_results();
  });
  fs::create_hard_link(folder / "a.h5", folder / "hard.h5");

  CHECK(exit_code_of_taking(folder / "hard.h5") == 4);
}

TEST_CASE("an owner notices that its file was renamed, replaced or removed") {
  const Folder folder;
  const fs::path file = new_file(folder / "a.h5");
  const Lock lock = Lock::take(file);
  CHECK(lock.lost().empty());

  fs::rename(file, folder / "b.h5");
  CHECK(lock.lost() == "it was renamed to " + fs::canonical(folder / "b.h5").string() + " during the run");
  new_file(file);
  CHECK(lock.lost().find("it was renamed to ") == 0);
  fs::remove(folder / "b.h5");
  CHECK(lock.lost() == "it was removed or replaced during the run");
}

TEST_CASE("a symbolic link to no file yet names the file that is created") {
  const Folder folder;
  fs::create_directories(folder / "scratch");
  fs::create_symlink("scratch/out.h5", folder / "out.h5");

  create(folder / "out.h5", small_plan(), small_layout(), some_run());

  CHECK(fs::is_symlink(folder / "out.h5"));
  CHECK(fs::is_regular_file(folder / "scratch/out.h5"));
  CHECK(!fs::is_symlink(folder / "scratch/out.h5"));
}

TEST_CASE("a symbolic link into a missing folder and a cycle of links are mistakes") {
  const Folder folder;
  fs::create_symlink("missing/out.h5", folder / "out.h5");
  fs::create_symlink("b.h5", folder / "a.h5");
  fs::create_symlink("a.h5", folder / "b.h5");

  CHECK(error_of([&] { create(folder / "out.h5", small_plan(), small_layout(), some_run()); }).find("missing' does not exist") !=
        std::string::npos);
  CHECK(error_of([&] { resolved(folder / "a.h5"); }).find("form a cycle") != std::string::npos);
}

TEST_CASE("a folder as results file is a mistake that leaves no lock file") {
  const Folder folder;
  fs::create_directories(folder / "out");

  CHECK(error_of([&] { Lock::take(folder / "out"); }).find("out: is a folder; give a file name") != std::string::npos);
  CHECK(!fs::exists(folder / "out.lock"));
}

TEST_CASE("the lock file of a run that never made its results file is removed") {
  const Folder folder;

  { const Lock lock = Lock::take(folder / "a.h5"); }

  CHECK(!fs::exists(folder / "a.h5.lock"));
}

TEST_CASE("names up to the limit of the file system work, longer ones are a mistake") {
  const Folder folder;
  const fs::path longest = folder / (std::string(252, 'x') + ".h5"), longer = folder / (std::string(253, 'x') + ".h5");

  const Lock lock = Lock::take(longest);
  create(longest, small_plan(), small_layout(), some_run());
  CHECK(fs::exists(longest));
  CHECK(companion(longest, ".lock").filename().string().size() == 255);
  CHECK(companion(longest, ".lock") != companion(folder / (std::string(251, 'x') + "y.h5"), ".lock"));
  CHECK(error_of([&] { create(longer, small_plan(), small_layout(), some_run()); }).find("at most 255 are allowed") !=
        std::string::npos);
}

}  // namespace espalier::record::test
