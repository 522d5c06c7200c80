// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// Processes beside the test's own, which lock files as other runs do.

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <map>

namespace espalier::record::test {

/// A child process that does `work`, says so, and waits until it is killed. It leaves without MPI's exit handlers.
class Child {
 public:
  explicit Child(const std::function<void()>& work);
  ~Child() { kill_now(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  void kill_now();
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

/// Lets `many` processes take the lock of `results` at once. What came of it, exit code (-1: owned) -> number of processes.
std::map<int, int> exit_codes_of_many(const std::filesystem::path& results);
inline constexpr int many = 12;

}  // namespace espalier::record::test
