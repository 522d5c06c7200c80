// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>

namespace espalier::app {

/// Time in which the process ran. Suspensions (SIGSTOP, a sleeping laptop, scontrol suspend, a paused virtual machine) show as
/// gaps between two readings and count for at most `longest_gap`; steps of the system's clock do not show at all. Limits, rates
/// and time estimates use it; time stamps do not.
class RunningClock {
 public:
  static constexpr double longest_gap = 1;  ///< seconds; a run reads the clock at least 10 times as often

  /// `monotonic`: a reading of a monotonic clock in seconds. Any thread may call it.
  double advance(double monotonic);

 private:
  std::atomic<std::int64_t> last_{-1};  ///< nanoseconds; -1: no reading yet
  std::atomic<std::int64_t> total_{0};  ///< nanoseconds
};

/// Seconds in which this process ran since the first call.
double running_seconds();

}  // namespace espalier::app
