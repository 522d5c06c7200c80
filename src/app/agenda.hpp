// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "app/commands.hpp"
#include "app/experiment.hpp"
#include "espalier/core/job.hpp"
#include "espalier/core/precision.hpp"
#include "espalier/farm/farm.hpp"

namespace espalier::app {

/// What rank 0 found in, or made of, the results file; broadcast to all.
struct FileState {
  int run = 0;
  /// Rows of one table.
  struct Rows {
    std::vector<std::uint8_t> status;   ///< core::Status
    std::vector<std::uint8_t> suspect;  ///< 1: brought runs down, perhaps
    std::vector<std::uint8_t> damaged;  ///< 1: is made again even where nothing else needs it; none of the cells
  };
  Rows models, fits, tails, cells;
  std::vector<double> values{};  ///< per cell: what `until` looks at; empty: every cell is needed

  /// The rows that jobs of this kind write.
  const Rows& of(core::Work work) const {
    return work == core::Work::train ? models : work == core::Work::fit ? fits : work == core::Work::retrain ? tails : cells;
  }
};

/// What is to be done with this file.
struct Agenda {
  std::vector<core::Job> jobs;
  std::vector<bool> wanted;  ///< cells
  std::vector<farm::Task> tasks;
  std::optional<core::Precision> precision{};                  ///< with `until`; knows the stored results
  std::unordered_map<std::size_t, std::size_t> job_of_held{};  ///< cell -> job, of the cells that `until` may ask for later

  /// The held jobs that are needed now that `job` ended with `value`.
  std::vector<std::size_t> released_by(std::size_t job, double value);
};

/// Which jobs are left for `ranks` ranks, given the state of the rows and what the user selected. The same on all ranks.
Agenda agenda_of(const Options& options, const Experiment& experiment, const FileState& state, std::size_t ranks);

}  // namespace espalier::app
