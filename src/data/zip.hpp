// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace espalier::data {

/// One file in a ZIP archive [PKWARE, APPNOTE 6.3.10], stored or deflated.
struct ZipEntry {
  std::string name;
  bool deflated = false;
  std::uint32_t crc = 0;
  std::uint64_t size = 0;              ///< uncompressed; no more than `data` can hold
  std::span<const std::uint8_t> data;  ///< as it is in the archive
};

/// The entries of an archive. Throws core::UserError starting with `name`, with the byte where the archive is wrong, also for
/// what is not read: parts, encryption, other methods, entries of 4 GiB or more.
std::vector<ZipEntry> zip_entries(std::span<const std::uint8_t> file, const std::string& name);

/// The first out.size() bytes of an entry, at most all of them; of all the CRC is checked. Throws core::UserError starting with
/// `name` when the data is damaged.
void zip_read(const ZipEntry& entry, std::span<std::uint8_t> out, const std::string& name);

}  // namespace espalier::data
