// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "espalier/core/plan.hpp"
#include "espalier/core/results.hpp"

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

/// State of all rows, as a resume needs it.
struct Progress {
  std::vector<core::Status> cells;
  std::vector<core::Status> models;
  std::vector<core::Status> fits;
  std::vector<core::Status> tails;
  std::vector<core::Reason> cell_reasons, model_reasons;
  std::vector<std::string> cell_messages, model_messages;
  std::vector<std::uint32_t> cell_attempts, model_attempts;  ///< how often each was started
  std::vector<std::uint32_t> cell_crashes, model_crashes, fit_crashes,
      tail_crashes;                                                       ///< how often a run died while each was under way
  std::size_t damaged_rows = 0;                                           ///< rows whose CRC does not match: they are pending
  std::vector<std::uint8_t> damaged_models, damaged_fits, damaged_tails;  ///< per row: 1 where its CRC does not match
};

}  // namespace espalier::record
