// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "espalier/core/plan.hpp"
#include "espalier/core/rows.hpp"

namespace espalier::record {

/// Version of the file's layout; files of another version are refused.
inline constexpr int format_version = 2;

/// Who runs where, for one row of /runs.
struct RunInfo {
  double start = 0, end = 0;  ///< seconds since 1970
  double active = 0;          ///< seconds in which it computed: suspensions are left out; 0: not known
  std::string hosts;
  int ranks = 0;
  std::string slurm_job;
  std::string version;          ///< espalier version
  std::string revision;         ///< git revision, "-dirty" appended when the tree was
  std::string flags;            ///< compiler and flags
  std::string instruction_set;  ///< what the kernels were dispatched to
  std::string datasets;         ///< "name=sha256 ..."
  int exit_code = -1;           ///< -1 while it runs
};

/// What the file needs to know beside the plan.
struct Layout {
  std::vector<std::vector<core::LayerShape>> models;  ///< per model
  std::uint32_t epochs = 0;                           ///< largest number of epochs of any model
  std::uint32_t classes = 0;
  std::uint32_t runs = 64;                   ///< rows of /runs
  std::uint32_t notes = 64;                  ///< rows of /notes
  std::vector<std::uint64_t> checkpoints{};  ///< per model: most bytes of a training's state; 0: none is kept
};

/// State of the rows of one table.
struct RowProgress {
  std::vector<core::Status> status;
  std::vector<core::Reason> reasons;
  std::vector<std::string> messages;
  std::vector<std::uint32_t> attempts;  ///< how often each was started
  std::vector<std::uint32_t> crashes;   ///< how often a run died while each was under way
  std::vector<std::uint8_t> damaged;    ///< 1 where the CRC does not match: the row is pending
};

/// State of all rows, as a resume needs it.
struct Progress : core::PerTable<RowProgress> {
  std::size_t damaged_rows = 0;
};

}  // namespace espalier::record
