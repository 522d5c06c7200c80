// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "robust/step_control.hpp"

using espalier::robust::checkpoints;
using espalier::robust::StepControl;

namespace {

/// Plays losses of one image (the start first) and returns the step length after each step.
std::vector<float> play(const std::vector<float>& losses, std::vector<int> at, bool strict = false) {
  StepControl control(std::move(at), 0.75, strict, 8, std::vector<float>{losses[0]});
  std::vector<float> lengths;
  for (std::size_t s = 1; s < losses.size(); ++s) {
    control.improved(std::vector<float>{losses[s]});
    control.halved(static_cast<int>(s));
    lengths.push_back(control.length()[0]);
  }
  return lengths;
}

}  // namespace

TEST_CASE("APGD looks back at the published steps") {
  CHECK(checkpoints(100, false) == std::vector<int>{22, 41, 57, 70, 80, 87, 93, 99});
  CHECK(checkpoints(100, true) == std::vector<int>{22, 41, 58, 70, 80, 87, 93, 99});
  CHECK(checkpoints(20, false) == std::vector<int>{4, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20});
  CHECK(checkpoints(1, false) == std::vector<int>{1});
}

TEST_CASE("A loss that always increases keeps the step") { CHECK(play({0, 1, 2, 3, 4}, {4}) == std::vector<float>{8, 8, 8, 8}); }

TEST_CASE("Three increases in four steps halve the step, but not by the strict rule") {
  CHECK(play({0, 1, 2, 1, 3}, {4}) == std::vector<float>{8, 8, 8, 4});
  CHECK(play({0, 1, 2, 1, 3}, {4}, true) == std::vector<float>{8, 8, 8, 8});
  CHECK(play({0, 1, 0, 1, 0}, {4}, true) == std::vector<float>{8, 8, 8, 4});
}

TEST_CASE("The first step is counted against the loss of the start") {
  CHECK(play({5, 1, 2, 3, 4}, {4}) == std::vector<float>{8, 8, 8, 4});  // rises 3 of 4 times
}

TEST_CASE("A best loss that has not changed since the last checkpoint halves the step, unless it was halved there") {
  // Checkpoint 2: kept, best 10. Steps 3 and 4 rise both, yet stay below 10: halved at 4. At 6 again both rise below 10: kept.
  CHECK(play({0, 5, 10, 1, 2, 1, 2}, {2, 4}) == std::vector<float>{8, 8, 8, 4, 4, 4});
  CHECK(play({10, 9.5f, 9.75f, 1, 2}, {2, 3, 4}) == std::vector<float>{8, 4, 2, 2});
}

TEST_CASE("Images are evaluated on their own and the halved ones are named") {
  StepControl control({2}, 0.75, false, 1, std::vector<float>{0, 0});
  CHECK(control.improved(std::vector<float>{1, -1}) == std::vector<std::size_t>{0});
  CHECK(control.halved(1).empty());
  CHECK(control.improved(std::vector<float>{2, 1}) == std::vector<std::size_t>{0, 1});

  CHECK(control.halved(2) == std::vector<std::size_t>{1});

  CHECK(std::vector<float>(control.length().begin(), control.length().end()) == std::vector<float>{1, 0.5f});
  CHECK(std::vector<float>(control.best().begin(), control.best().end()) == std::vector<float>{2, 1});
}
