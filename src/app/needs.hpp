// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/options.hpp"
#include "espalier/core/plan.hpp"
#include "espalier/core/precision.hpp"
#include "espalier/core/results.hpp"
#include "espalier/record/needed.hpp"
#include "espalier/run/run_job.hpp"

namespace espalier::app {

/// What `until` asks for when the cells have this state. `values` are those of the metric of `until`, one per cell; failed cells
/// count as pending where they are tried again. The plan must outlive it.
core::Precision precision_of(const core::Plan& plan, const std::vector<std::uint8_t>& status, const std::vector<double>& values,
                             bool retry_failed);

/// The same of a results file of the plan. Serial; works while a run is active.
core::Precision precision_of_file(const std::string& file, const core::Plan& plan);

/// The rows that `until` asks for: cells, and the models, fits and tails that they need.
record::Needed needed_rows(const core::Plan& plan, const core::Precision& precision);

/// Marks the rows of a file that its groups of seeds do not need, where they have enough; groups that wait for results keep
/// their pending rows. Nothing without `until`. The caller owns the file.
void mark_needs(const std::string& file, const core::Plan& plan);

/// What the fewest seeds of a grid with `until` come to.
struct Least {
  std::size_t cells = 0, models = 0;
  double seconds = 0;  ///< core seconds
};

Least least_of(const core::Plan& plan);

/// The store, and the value of the last written cell that `until` looks at.
run::Store watched(run::Store store, const core::Plan& plan, double& value);

/// Groups of seeds that cannot be decided on, because --only leaves out a cell before.
void report_waiting(const Options& options, const core::Plan& plan);

}  // namespace espalier::app
