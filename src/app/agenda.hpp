// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "app/commands.hpp"
#include "app/experiment.hpp"
#include "espalier/core/precision.hpp"
#include "espalier/core/rows.hpp"
#include "espalier/farm/farm.hpp"
#include "espalier/record/results_file.hpp"

namespace espalier::app {

/// What the rows of one table are like.
struct RowStates {
  std::vector<std::uint8_t> status;   ///< core::Status
  std::vector<std::uint8_t> suspect;  ///< 1: brought runs down, perhaps
  std::vector<std::uint8_t> damaged;  ///< 1: is made again even where nothing else needs it; not read for cells
};

/// What rank 0 found in, or made of, the results file; broadcast to all.
struct FileState : core::PerTable<RowStates> {
  int run = 0;
  std::vector<record::RowHistory> interrupted{};  ///< rows that have not ended and were started
  std::vector<double> values{};                   ///< per cell: what `until` looks at; empty: every cell is needed
};

std::vector<std::uint8_t> bytes_of(const std::vector<core::Status>& statuses);

/// A file of which all rows have this status.
FileState file_with(const core::Plan& plan, core::Status status);

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
