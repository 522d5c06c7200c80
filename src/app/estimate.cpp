// SPDX-License-Identifier: BSD-3-Clause
#include "app/estimate.hpp"

#include <algorithm>
#include <cmath>

namespace espalier::app {
namespace {

struct Row {
  double mean = 0, variance = 0;
};

Row row_of(const record::WorkSoFar& work) {
  const auto n = static_cast<double>(work.done);
  const double mean = work.seconds / n;
  // One row says nothing of its spread: then it is taken to be as large as the mean.
  const double variance = work.done < 2 ? mean * mean : std::max(0.0, (work.squares - n * mean * mean) / (n - 1));
  return {mean, variance};
}

}  // namespace

Estimate work_left(const std::map<std::string, record::WorkSoFar>& work) {
  record::WorkSoFar all;
  for (const auto& [kind, part] : work) {
    all.done += part.done;
    all.left += part.left;
    all.seconds += part.seconds;
    all.squares += part.squares;
  }
  if (all.left == 0) return {0, 0, 0};
  if (all.done == 0) return {};
  const double any = all.seconds / static_cast<double>(all.done);
  double mean = 0, variance = 0;
  for (const auto& [kind, part] : work) {
    const auto left = static_cast<double>(part.left);
    const Row row = part.done > 0 ? row_of(part) : Row{any, any * any};
    mean += left * row.mean;
    // The rows left scatter, and the mean itself is only known from `done` rows.
    variance += left * row.variance + left * left * row.variance / std::max(1.0, static_cast<double>(part.done));
  }
  const double half = std::max(1.96 * std::sqrt(variance), 0.1 * mean);
  return {mean, std::max(0.0, mean - half), mean + half};
}

Estimate time_left(const Estimate& work, std::size_t ranks, double busy) {
  if (work.seconds < 0 || ranks == 0) return {};
  const double speed = static_cast<double>(ranks) * std::clamp(busy, 0.1, 1.0);
  return {work.seconds / speed, work.low / speed, work.high / speed};
}

}  // namespace espalier::app
