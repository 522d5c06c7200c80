// SPDX-License-Identifier: BSD-3-Clause
#include "farm/pace.hpp"

#include <doctest/doctest.h>

TEST_CASE("what a kind of job will take is learnt from those that ended") {
  espalier::farm::Pace pace;
  CHECK(pace.expected(1, 10) == 10);

  pace.learn(1, 2, 1);
  pace.learn(1, 2, 5);

  CHECK(pace.expected(1, 10) == 15);
  CHECK(pace.expected(0, 10) == 10);
}
