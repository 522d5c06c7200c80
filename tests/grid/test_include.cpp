// SPDX-License-Identifier: BSD-3-Clause
#include "grid/include.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "espalier/core/error.hpp"
#include "schema.hpp"

namespace espalier::grid::test {
namespace {

/// Files in a folder of their own.
struct Folder {
  std::filesystem::path path;

  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "espalier-include-XXXXXX";
    REQUIRE(mkdtemp(name.data()));
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }

  std::string write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path / name).parent_path());
    std::ofstream(path / name) << text;
    return path / name;
  }

  core::Plan plan(const std::string& name) const { return read(path / name, schema()); }

  /// The messages without the folder.
  std::string mistakes(const std::string& name) const {
    try {
      plan(name);
    } catch (const core::UserError& error) {
      std::string text = error.what();
      const std::string prefix = path.string() + "/";
      for (std::size_t at; (at = text.find(prefix)) != std::string::npos;) text.erase(at, prefix.size());
      return text;
    }
    return "";
  }
};

const std::string base =
    file_with("  dataset: mnist\n  topology: set\n  sparsity: [0.5, 0.9]\n  seed: {from: 0, to: 4}\n", "train: {epochs: 3}\n");

}  // namespace

TEST_CASE("A file replaces keys of the file that it includes, sections are merged key by key") {
  const Folder folder;
  folder.write("base.yaml", base);
  folder.write("own.yaml", "include: base.yaml\nname: own\ngrid: {seed: 7}\ntrain: {epochs: 9}\n");

  const core::Plan plan = folder.plan("own.yaml"), same = plan_of(plan.source);

  CHECK(plan.name == "own");
  REQUIRE(plan.models.size() == 2);
  CHECK(plan.models[0].seed == 7);
  CHECK(plan.models[0].train.integer("epochs") == 9);
  CHECK(plan.source.find("include") == std::string::npos);
  CHECK(same.hash == plan.hash);
  CHECK(same.name == plan.name);
}

TEST_CASE("The text of a file that includes nothing stays as it is") {
  const Folder folder;
  folder.write("base.yaml", base);

  CHECK(folder.plan("base.yaml").source == base);
}

TEST_CASE("Includes may be nested and several, the later one holds") {
  const Folder folder;
  folder.write("parts/base.yaml", base);
  folder.write("parts/half.yaml", "include: base.yaml\ngrid: {sparsity: 0.5}\n");
  folder.write("seeds.yaml", "x-note: ignored\ngrid: {seed: [1, 2, 3]}\n");
  folder.write("own.yaml", "# Why?\ninclude: [parts/half.yaml, seeds.yaml]\nname: 'a: \"b\"'\n");

  const core::Plan plan = folder.plan("own.yaml");

  CHECK(plan.models.size() == 3);
  CHECK(plan.source.starts_with("# Why?\n"));
  CHECK(plan_of(plan.source).hash == plan.hash);
  CHECK(plan_of(plan.source).name == "a: \"b\"");
}

TEST_CASE("Anchors of a section that starts with x- serve the others") {
  const std::string text = file_with("  dataset: mnist\n  topology: set\n  sparsity: *few\n  seed: 0\n");

  CHECK(plan_of("x-lists: {few: &few [0.5, 0.9]}\n" + text).models.size() == 2);
}

TEST_CASE("Variables in names of data sets are filled in, in the stored text too") {
  const Folder folder;
  folder.write("own.yaml",
               file_with("  dataset: ['${ESPALIER_TEST_SET:-mnist}', 'a-${ESPALIER_TEST_SET:-b}-c']\n  topology: set\n"
                         "  sparsity: 0.9\n  seed: 0\n"));
  unsetenv("ESPALIER_TEST_SET");
  const core::Plan by_default = folder.plan("own.yaml");
  setenv("ESPALIER_TEST_SET", "other", 1);
  const core::Plan set = folder.plan("own.yaml");
  unsetenv("ESPALIER_TEST_SET");

  CHECK(by_default.axes[0].values == std::vector<std::string>{"mnist", "a-b-c"});
  CHECK(set.axes[0].values == std::vector<std::string>{"other", "a-other-c"});
  CHECK(plan_of(set.source).hash == set.hash);
}

TEST_CASE("Mistakes in included files name the file, and what cannot be included is told") {
  const Folder folder;
  folder.write("base.yaml", base);
  folder.write("wrong.yaml", "grid:\n  sparsity: 2\n  seeed: 1\n");
  folder.write("list.yaml", "- a\n");
  folder.write("a.yaml", "include: b.yaml\n");
  folder.write("b.yaml", "include: a.yaml\n");
  const auto including = [&](const std::string& what) {
    folder.write("own.yaml", "include: " + what + "\n");
    return folder.mistakes("own.yaml");
  };

  CHECK(including("[base.yaml, wrong.yaml]") ==
        "wrong.yaml:2:13: 'sparsity' must be a number from 0 to 0.999, given 2\n"
        "wrong.yaml:3:3: 'seeed' is not a key of 'grid' (did you mean 'seed'?)");
  CHECK(including("list.yaml") == "own.yaml:1:10: the included file 'list.yaml' must be a map of keys, not a list");
  CHECK(including("a.yaml") == "b.yaml:1:10: 'a.yaml' includes itself");
  CHECK(including("own.yaml") == "own.yaml:1:10: 'own.yaml' includes itself");
  CHECK(including("{a: b}") == "own.yaml:1:10: 'include' must be the path of a grid file or a list of them, given a map");
  CHECK(including("none.yaml") == "own.yaml:1:10: none.yaml: the grid file cannot be read: No such file or directory");
}

TEST_CASE("The grid of a results file includes nothing: it may come from anywhere") {
  CHECK(mistakes_in("include: /etc/passwd\n" + file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n"))
            .starts_with("grid.yaml:1:1: 'include' is not a key of a grid file"));
}

}  // namespace espalier::grid::test
