// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <stdexcept>
#include <string>

namespace espalier::core {

/// Exit codes of the program; scripts rely on the numbers.
enum class ExitCode : int {
  done = 0,
  broken = 1,        ///< internal error, disk full, MPI: the same command resumes
  user_mistake = 2,  ///< grid, arguments, data or file; found before any training starts
  some_failed = 3,   ///< finished, but some cells failed
  locked = 4,        ///< another run owns the results file
  disagree = 5,      ///< verify or merge found bits that do not agree
  stopped = 75,      ///< stopped early on request: run the same command again
};

/// An error that ends the program with `code`. Its text is one line: where, what is allowed, what was given, what to do.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& text) : std::runtime_error(text), code_(code) {}
  ExitCode code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

/// The user's mistake (exit 2). The text may hold several lines, one mistake each.
class UserError : public Error {
 public:
  explicit UserError(const std::string& text) : Error(ExitCode::user_mistake, text) {}
};

}  // namespace espalier::core
