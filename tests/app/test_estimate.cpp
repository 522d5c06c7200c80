// SPDX-License-Identifier: BSD-3-Clause
#include "app/estimate.hpp"

#include <doctest/doctest.h>

namespace espalier::app::test {

using record::WorkSoFar;

TEST_CASE("the work left is the mean of each kind times its rows left") {
  // Four rows of 2, 2, 4, 4 s and ten left; a second kind that is through.
  const auto left = work_left({{"fgsm", {4, 10, 12, 40}}, {"none", {100, 0, 900, 10000}}});

  CHECK(left.seconds == 30);
  // variance 4/3 per row: 10 * 4/3 + 10 * 10 * 4/3 / 4 = 46.67, 1.96 sd = 13.39 (by hand)
  CHECK(left.low == doctest::Approx(30 - 13.39).epsilon(1e-3));
  CHECK(left.high == doctest::Approx(30 + 13.39).epsilon(1e-3));
}

TEST_CASE("a kind of which nothing is done counts with the mean of all, and widens the range") {
  const auto known = work_left({{"fgsm", {4, 10, 12, 36}}});
  const auto guessed = work_left({{"fgsm", {4, 0, 12, 36}}, {"pgd", {0, 10, 0, 0}}});

  CHECK(guessed.seconds == known.seconds);
  CHECK(guessed.high > 2 * known.high);
  CHECK(guessed.low == 0);
}

TEST_CASE("rows that all take the same time keep a range of a tenth") {
  const auto left = work_left({{"fgsm", {4, 10, 12, 36}}});

  CHECK(left.low == doctest::Approx(27));
  CHECK(left.high == doctest::Approx(33));
}

TEST_CASE("nothing left takes no time, and before the first row nothing is known") {
  CHECK(work_left({{"fgsm", {4, 0, 12, 36}}}).high == 0);
  CHECK(work_left({{"fgsm", {0, 5, 0, 0}}}).seconds < 0);
  CHECK(time_left({}, 4, 1).seconds < 0);
}

TEST_CASE("ranks share the work as far as they compute") {
  const auto left = time_left({80, 40, 120}, 4, 0.5);

  CHECK(left.seconds == 40);
  CHECK(left.low == 20);
  CHECK(left.high == 60);
}

}  // namespace espalier::app::test
