// SPDX-License-Identifier: BSD-3-Clause
#include "child.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>

#include "espalier/record/lock.hpp"
#include "support.hpp"

namespace espalier::record::test {

Child::Child(const std::function<void()>& work) {
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  pid_ = fork();
  if (pid_ == 0) {
    // What it throws would let the child go on as a second test program.
    const bool worked = error_of(work).empty();
    if (worked && write(ready[1], "x", 1) == 1) pause();
    _exit(1);
  }
  close(ready[1]);
  char byte = 0;
  const auto got = read(ready[0], &byte, 1);
  close(ready[0]);
  if (got != 1) kill_now();
  REQUIRE(got == 1);
}

void Child::kill_now() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

std::map<int, int> exit_codes_of_many(const std::filesystem::path& results) {
  int report[2], end[2];
  REQUIRE((pipe(report) == 0 && pipe(end) == 0));
  for (int i = 0; i < many; ++i) {
    if (fork() != 0) continue;
    close(end[1]);
    std::optional<Lock> lock;
    const auto code = static_cast<signed char>(exit_code_of([&] { lock.emplace(Lock::take(results)); }));
    char none = 0;
    const bool told = write(report[1], &code, 1) == 1;
    _exit(told && read(end[0], &none, 1) == 0 ? 0 : 1);  // keeps what it has until the end of all
  }

  std::map<int, int> codes;
  for (int i = 0; i < many; ++i) {
    signed char code = 0;
    REQUIRE(read(report[0], &code, 1) == 1);
    ++codes[code];
  }
  for (const int descriptor : {end[1], end[0], report[0], report[1]}) close(descriptor);
  for (int i = 0; i < many; ++i) wait(nullptr);
  return codes;
}

}  // namespace espalier::record::test
