// SPDX-License-Identifier: BSD-3-Clause
#include "app/running_clock.hpp"

#include <algorithm>
#include <chrono>

namespace espalier::app {

// Of two threads that read at the same time only one moves last_ on and counts the gap.
double RunningClock::advance(double monotonic) {
  constexpr double nano = 1e9;
  const auto now = static_cast<std::int64_t>(monotonic * nano);
  std::int64_t last = last_.load();
  if (now > last && last_.compare_exchange_strong(last, now) && last >= 0)
    total_ += std::min(now - last, static_cast<std::int64_t>(longest_gap * nano));
  return static_cast<double>(total_.load()) / nano;
}

double running_seconds() {
  static RunningClock clock;
  return clock.advance(std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count());
}

}  // namespace espalier::app
