// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "espalier/core/rows.hpp"

namespace espalier::record {

/// What the checksums of a file say.
struct Checks : core::PerTable<std::size_t> {  ///< rows looked at
  std::size_t runs = 0, notes = 0;             ///< rows looked at
  std::vector<std::string> damaged;            ///< "cell 0123456789abcdef (row 7 of /results)", one per bad row
};

/// Checks header, structure, fixed tables and the CRC of every row. Throws core::UserError where the file as a whole is
/// unusable; rows whose CRC does not match are listed.
Checks verify_checksums(const std::filesystem::path& path);

struct Store;

/// Results of single rows, as they are stored, of a file that stays open for reading.
class RowReader {
 public:
  explicit RowReader(const std::filesystem::path& path);
  ~RowReader();
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  /// Throws core::UserError when the row's CRC does not match.
  core::AnyResult read(core::RowRef ref) const;
  template <typename Result>
  Result read(std::size_t row) const {
    return std::get<Result>(read({core::work_of<Result>(), row}));
  }

 private:
  std::filesystem::path path_;
  std::unique_ptr<Store> store_;
};

/// SHA-256 of what the digest covers of a result: equal for equal results, whatever time, rank, run or message.
std::string content_hash(const core::AnyResult& result);

}  // namespace espalier::record
