// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <vector>

#include "espalier/core/plan.hpp"

namespace espalier::core {

/// What one job does.
enum class Work { train, fit, retrain, evaluate };

/// The unit that the farm hands to a rank. Its number is its place in the list that make_jobs() returns.
struct Job {
  Work work = Work::train;
  std::size_t item = 0;              ///< row of the model, fit or tail; for evaluate the row of the model
  std::vector<std::size_t> cells{};  ///< rows of the cells, for evaluate
  std::vector<std::size_t> needs{};  ///< jobs whose results this one reads
  double cost = 0;                   ///< predicted seconds on one core
};

/// Seconds of cells that a job holds at least, where its model has them.
inline constexpr double short_group = 2;

/// Seconds of cells that a job may hold on `ranks` ranks: more than short_group where the ranks would otherwise end more than a
/// few thousand jobs a second, but no more than a small part of a rank's share of all cells.
double longest_group(const Plan& plan, std::size_t ranks);

/// All jobs of a plan, in an order in which every job comes after what it needs. Cells of one model are grouped so that
/// no evaluate job is predicted to take more than `seconds`, but for single cells that do. Where that is more than short_group, a
/// job takes a quarter of the remaining work of its model, so that short jobs are left for the end of a run. A cell that `until`
/// decides on has a separate job, since it may be left out.
std::vector<Job> make_jobs(const Plan& plan, double seconds = short_group);

}  // namespace espalier::core
