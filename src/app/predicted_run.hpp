// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "app/experiment.hpp"
#include "espalier/farm/simulation.hpp"

namespace espalier::app {

/// How many seeds a run takes where the grid has `until`.
enum class Seeds { all, fewest };

/// How a run of the whole experiment on `ranks` ranks is predicted to go: simulated with the farm's own dispatcher, job times
/// scattered as in recorded runs.
farm::Simulated predicted_run(const Experiment& experiment, std::size_t ranks, Seeds seeds = Seeds::all);

}  // namespace espalier::app
