// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "espalier/core/job.hpp"

namespace espalier::app {

/// The progress of a run: one line that is redrawn at a terminal, a plain line from time to time in a log.
class ProgressLine {
 public:
  /// `pending[j]`: job j is still to do. Draws nothing when `quiet`.
  ProgressLine(const std::vector<core::Job>& jobs, const std::vector<bool>& pending, bool quiet);

  /// More jobs are to do, and what they need.
  void add(std::span<const std::size_t> jobs);
  /// Shows the progress of the farm. `finished` are the jobs that ended since the run began.
  void show(std::span<const std::size_t> finished, std::size_t running, std::size_t failed);
  /// Ends the redrawn line.
  void end();

 private:
  std::vector<std::string> fields(std::span<const std::size_t> finished, std::size_t running, std::size_t failed) const;

  void count(std::size_t job);

  const std::vector<core::Job>& jobs_;
  std::vector<bool> pending_;
  std::size_t models_ = 0, cells_ = 0;  ///< to do when the run began
  double cost_ = 0;
  double start_, last_ = 0;
  bool quiet_, terminal_;
};

/// The fields in one line of less than `width` characters: those that do not fit are left out, the last ones first.
std::string line_within(const std::vector<std::string>& fields, std::size_t width);

/// Seconds between two lines of a log after a given time: every ten at first, then every minute, after an hour every ten
/// minutes.
double log_interval(double elapsed);

/// 45 s, 3 min 20 s, 2 h 05 min.
std::string duration(double seconds);

}  // namespace espalier::app
