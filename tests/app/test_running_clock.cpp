// SPDX-License-Identifier: BSD-3-Clause
#include "app/running_clock.hpp"

#include <doctest/doctest.h>

namespace espalier::app::test {

TEST_CASE("the running clock counts the time between readings") {
  RunningClock clock;

  CHECK(clock.advance(100) == 0);
  CHECK(clock.advance(100.5) == doctest::Approx(0.5));
  CHECK(clock.advance(101.25) == doctest::Approx(1.25));
}

TEST_CASE("a suspension counts for no more than the longest gap") {
  RunningClock clock;
  clock.advance(100);

  CHECK(clock.advance(100 + 8 * 3600) == doctest::Approx(RunningClock::longest_gap));
  CHECK(clock.advance(100 + 8 * 3600 + 0.5) == doctest::Approx(RunningClock::longest_gap + 0.5));
}

TEST_CASE("an older reading of another thread changes nothing") {
  RunningClock clock;
  clock.advance(100);
  clock.advance(100.5);

  CHECK(clock.advance(100.25) == doctest::Approx(0.5));
  CHECK(clock.advance(100.75) == doctest::Approx(0.75));
}

}  // namespace espalier::app::test
