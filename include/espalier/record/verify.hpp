// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
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

struct Store;

/// Results of single rows, as they are stored, of a file that stays open for reading. Each call throws core::UserError when the
/// row's CRC does not match.
class RowReader {
 public:
  explicit RowReader(const std::filesystem::path& path);
  ~RowReader();
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  core::CellResult cell(std::size_t row) const;
  core::ModelResult model(std::size_t row) const;
  core::FitResult fit(std::size_t row) const;
  core::TailResult tail(std::size_t row) const;

 private:
  std::filesystem::path path_;
  std::unique_ptr<Store> store_;
};

/// SHA-256 of what the digest covers of a result: equal for equal science, whatever time, rank, run or message.
std::string science(const core::CellResult& cell);
std::string science(const core::ModelResult& model);
std::string science(const core::FitResult& fit);
std::string science(const core::TailResult& tail);

}  // namespace espalier::record
