// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "espalier/core/noise_results.hpp"
#include "espalier/core/results.hpp"

namespace espalier::record {

/// What the checksums of a file say.
struct Checks {
  std::size_t cells = 0, models = 0, fits = 0, tails = 0, runs = 0, notes = 0;  ///< rows looked at
  std::vector<std::string> damaged;  ///< "cell 0123456789abcdef (row 7 of /results)", one per bad row
};

/// Checks header, structure, fixed tables and the CRC of every row. Throws core::UserError where the file as a whole is
/// unusable; rows whose CRC does not match are listed.
Checks verify_checksums(const std::filesystem::path& path);

/// Results of single cells, models, fits or tails, as they are stored. Throws core::UserError when the row's CRC does not match.
core::CellResult read_cell(const std::filesystem::path& path, std::size_t row);
core::ModelResult read_model(const std::filesystem::path& path, std::size_t row);
core::FitResult read_fit(const std::filesystem::path& path, std::size_t row);
core::TailResult read_tail(const std::filesystem::path& path, std::size_t row);

/// SHA-256 of what the digest covers of a result: equal for equal science, whatever time, rank, run or message.
std::string science(const core::CellResult& cell);
std::string science(const core::ModelResult& model);
std::string science(const core::FitResult& fit);
std::string science(const core::TailResult& tail);

}  // namespace espalier::record
