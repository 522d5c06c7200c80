// SPDX-License-Identifier: BSD-3-Clause
#include "app/options.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "app/progress_line.hpp"
#include "espalier/core/error.hpp"

namespace espalier::app::test {
namespace {

/// What the program says to these arguments.
std::string refusal(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "espalier");
  std::string answer;
  try {
    parse(static_cast<int>(arguments.size()), arguments.data(), answer);
  } catch (const core::UserError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("mistakes in the arguments name the command, what is wrong, and where its help is") {
  const std::string plan_help = "; see espalier plan --help", run_help = "; see espalier run --help";
  CHECK(refusal({}) == "espalier: no command given; list the commands with espalier --help");
  CHECK(refusal({"frob", "a.yaml"}) == "espalier: unknown command 'frob'; list the commands with espalier --help");
  CHECK(refusal({"plan"}) == "espalier plan: GRID.yaml is required" + plan_help);
  CHECK(refusal({"plan", "a.yaml", "--onyl", "x"}) == "espalier plan: unknown option --onyl" + plan_help);
  CHECK(refusal({"plan", "a.yaml", "b.yaml"}) == "espalier plan: unexpected argument 'b.yaml'" + plan_help);
  CHECK(refusal({"run", "a.yaml"}) == "espalier run: -o FILE.h5 is missing" + run_help);
  CHECK(refusal({"run", "a.yaml", "-o", "a.h5", "--only", "set"}) ==
        "--only must be KEY=VALUE, for example topology=set; given 'set'");
  CHECK(refusal({"run", "a.yaml", "-o", "a.h5"}) == "accepted");
}

TEST_CASE("numbers below zero, words for numbers and folders that do not exist are refused") {
  CHECK(refusal({"verify", "a.h5", "--sample", "-3"}).starts_with("espalier verify: --sample: "));
  CHECK(refusal({"run", "a.yaml", "-o", "a.h5", "--max-failures", "-1"}).starts_with("espalier run: --max-failures: "));
  CHECK(refusal({"run", "a.yaml", "-o", "a.h5", "--max-failures", "x"}).starts_with("espalier run: --max-failures"));
  CHECK(refusal({"run", "a.yaml", "-o", "a.h5", "--data", "/no/such/folder"}).starts_with("espalier run: --data: "));
  CHECK(refusal({"verify", "a.h5", "--sample", "3"}) == "accepted");
}

TEST_CASE("a list of columns ends where the next argument begins") {
  CHECK(refusal({"export", "-o", "-", "--columns", "id,level", "a.h5"}) == "accepted");
  CHECK(refusal({"export", "-o", "-", "--columns", "id", "--columns", "level", "--long", "a.h5"}) == "accepted");
  CHECK(refusal({"export", "a.h5", "-o", "-", "--columns"}).starts_with("espalier export: --columns: "));
}

TEST_CASE("what --recompute has no use for is refused beside it") {
  for (const char* flag : {"--retry-failed", "--fail-fast", "--dry-run"})
    CHECK(refusal({"run", "a.yaml", "-o", "a.h5", "--recompute", "seed=0", flag}).find("excludes") != std::string::npos);
  CHECK(refusal({"run", "a.yaml", "-o", "a.h5", "--replace"}).find("requires --recompute") != std::string::npos);
  CHECK(refusal({"run", "a.yaml", "-o", "a.h5", "--recompute", "seed=0", "--replace", "--only", "seed=0"}) == "accepted");
}

TEST_CASE("a line of progress is shorter than the terminal is wide: the last fields are left out first") {
  const std::vector<std::string> fields{"cells 1/2", "left 3 s", "failed 0"};  // 9, 8 and 8 characters, two between them

  CHECK(line_within(fields, 200) == "cells 1/2  left 3 s  failed 0");
  CHECK(line_within(fields, 30) == "cells 1/2  left 3 s  failed 0");  // 29 characters
  CHECK(line_within(fields, 29) == "cells 1/2  left 3 s");
  CHECK(line_within(fields, 10) == "cells 1/2");
  CHECK(line_within(fields, 9).empty());
}

TEST_CASE("a log of a long run has a few hundred lines") {
  double lines = 0;
  for (double t = 0; t < 24 * 3600; t += log_interval(t)) ++lines;
  CHECK(lines == 12 + 58 + 138);
}

}  // namespace espalier::app::test
