// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The first 4096 bytes of a results file (HDF5's user block) are text: what the file is, and a checksum of everything that
// never changes. It is checked before HDF5 sees the file, because HDF5 may crash on damaged metadata.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace espalier::record {

inline constexpr std::size_t user_block = 4096;

/// A dataset's bytes in the file.
struct DataRange {
  std::string name;
  std::uint64_t offset = 0, bytes = 0;
  std::string sha256{};  ///< of tables that never change; empty for the others
};

struct Header {
  int format = 0;
  std::string plan;        ///< plan hash
  std::uint64_t size = 0;  ///< of the whole file
  std::string structure;   ///< SHA-256 of all bytes behind the user block that are in no DataRange
  std::vector<DataRange> data;
};

/// Fills in size, structure and the SHA-256 of the ranges called `fixed`, and writes the header into the file's user block.
void write_header(const std::filesystem::path& path, Header header, const std::vector<std::string>& fixed);

/// What a file is opened for. A structure that another program changed does not prevent reading: every row has its own checksum.
enum class Access { read, write };

/// Reads the header and checks it, the file's size and its structure. Throws core::UserError that names the file and what is
/// wrong: missing, not a results file, another format, truncated, damaged, changed. `fixed_tables`: also the tables that never
/// change.
Header check_file(const std::filesystem::path& path, Access access, bool fixed_tables = false);

}  // namespace espalier::record
