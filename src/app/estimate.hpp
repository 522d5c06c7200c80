// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <string>

#include "espalier/record/activity.hpp"

namespace espalier::app {

/// Seconds with the ends of a range that holds about 95 %; negative: nothing is known yet.
struct Estimate {
  double seconds = -1, low = -1, high = -1;
};

/// Core seconds that the rows left take, if each kind of work continues at its rate so far. Kinds of which nothing is done yet
/// count with the mean of what is done and a deviation as large as that. The range is that of a sum of independent rows
/// whose means are known from those done, at least 10 % to either side.
Estimate work_left(const std::map<std::string, record::WorkSoFar>& work);

/// Clock time of that work on `ranks` ranks of which a share `busy` computes.
Estimate time_left(const Estimate& work, std::size_t ranks, double busy);

}  // namespace espalier::app
