// SPDX-License-Identifier: BSD-3-Clause
#include "record/file/header.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "espalier/core/error.hpp"
#include "espalier/core/sha256.hpp"
#include "espalier/record/results_file.hpp"
#include "record/file/probe.hpp"
#include "record/rows/table.hpp"

namespace espalier::record {
namespace {

constexpr std::string_view magic = "espalier results\n";
constexpr std::string_view remark =
    "This is an HDF5 file: read it with h5ls, h5dump, h5py, pandas or 'espalier status'. After the creation\n"
    "only the bytes of the datasets called 'data' change.\n";

/// HDF5 sets a flag in its superblock (version 0) while a serial writer has the file open: the only byte of the structure that
/// changes, and it stays set when that writer is killed. Nothing reads it.
const DataRange consistency_flags{"", user_block + 20, 4};

void hash_range(std::istream& file, std::uint64_t offset, std::uint64_t bytes, core::Sha256& hash) {
  std::vector<char> block(std::min<std::uint64_t>(bytes, 1 << 20));
  file.clear();
  file.seekg(static_cast<std::streamoff>(offset));
  while (bytes > 0) {
    const std::uint64_t part = std::min<std::uint64_t>(bytes, block.size());
    file.read(block.data(), static_cast<std::streamsize>(part));
    hash.add(std::string_view(block.data(), static_cast<std::size_t>(file.gcount())));
    if (!file) return;  // shorter than it says: the hash differs
    bytes -= part;
  }
}

std::string hash_of(std::istream& file, const DataRange& range) {
  core::Sha256 hash;
  hash_range(file, range.offset, range.bytes, hash);
  return hash.hex();
}

std::string structure_of(std::istream& file, const Header& header) {
  std::vector<DataRange> ranges = header.data;
  ranges.push_back(consistency_flags);
  std::ranges::sort(ranges, {}, &DataRange::offset);
  core::Sha256 hash;
  std::uint64_t at = user_block;
  for (const DataRange& range : ranges) {
    if (range.bytes == 0) continue;
    if (range.offset > at) hash_range(file, at, range.offset - at, hash);
    at = std::max(at, range.offset + range.bytes);
  }
  if (header.size > at) hash_range(file, at, header.size - at, hash);
  return hash.hex();
}

std::string sealed_text(const Header& header) {
  std::string text = fmt::format("{}{}format {}\nplan {}\nsize {}\nstructure {}\n", magic, remark, header.format, header.plan,
                                 header.size, header.structure);
  for (const DataRange& range : header.data)
    text += range.sha256.empty() ? fmt::format("data {} {} {}\n", range.name, range.offset, range.bytes)
                                 : fmt::format("fixed {} {} {} {}\n", range.name, range.offset, range.bytes, range.sha256);
  return text + fmt::format("end {:08x}\n", crc32(std::as_bytes(std::span(text))));
}

Header parse(const std::string& text) {
  Header header;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string key;
    words >> key;
    DataRange range;
    if (key == "format") words >> header.format;
    if (key == "plan") words >> header.plan;
    if (key == "size") words >> header.size;
    if (key == "structure") words >> header.structure;
    if (key != "data" && key != "fixed") continue;
    words >> range.name >> range.offset >> range.bytes >> range.sha256;
    header.data.push_back(std::move(range));
  }
  return header;
}

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
  throw core::UserError(fmt::format("{}: {}", path.string(), why));
}

std::string first_block(std::ifstream& file) {
  std::string block(user_block, '\0');
  file.read(block.data(), static_cast<std::streamsize>(block.size()));
  block.resize(static_cast<std::size_t>(file.gcount()));
  return block;
}

std::ifstream open_text(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) refuse(path, "is a folder; give a results file");
  std::ifstream file(path, std::ios::binary);
  if (!file) refuse(path, fmt::format("cannot be read ({})", std::strerror(errno)));
  return file;
}

Header checked_header(const std::filesystem::path& path, const std::string& block) {
  if (!block.starts_with(magic)) refuse(path, "is not an espalier results file; check the file name");
  Header header = parse(block.substr(0, block.find('\0')));
  if (header.format != 0 && header.format != format_version)
    refuse(path, fmt::format("has results format {}, this program reads format {}; use the espalier version that wrote it",
                             header.format, format_version));
  std::string intact = sealed_text(header);
  intact.resize(user_block, '\0');
  if (intact != block) refuse(path, "its header is damaged (the first 4096 bytes fail their checksum); restore it from a copy");
  return header;
}

}  // namespace

void write_header(const std::filesystem::path& path, Header header, const std::vector<std::string>& fixed) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  header.size = std::filesystem::file_size(path);
  for (DataRange& range : header.data)
    if (std::ranges::find(fixed, range.name) != fixed.end()) range.sha256 = hash_of(file, range);
  header.structure = structure_of(file, header);
  const std::string text = sealed_text(header);
  if (text.size() > user_block) throw std::logic_error("the header of a results file does not fit its user block");
  file.clear();
  file.seekp(0);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.flush();
  if (!file) throw std::runtime_error(fmt::format("{}: cannot write its header", path.string()));
}

Header check_file(const std::filesystem::path& path, Access access, bool fixed_tables) {
  std::ifstream file = open_text(path);
  const Header header = checked_header(path, first_block(file));
  const std::uint64_t size = std::filesystem::file_size(path);
  if (size < header.size)
    refuse(path, fmt::format("is truncated: {} of {} bytes exist; restore it from a copy", size, header.size));
  if (structure_of(file, header) != header.structure) {
    if (access == Access::write)
      refuse(
          path,
          "the HDF5 structure differs from what espalier wrote: another program changed it (an attribute added with h5py, "
          "h5repack), or it is damaged; to continue, use a new file and import the results of this file with --reuse, or restore "
          "a copy");
    if (!is_readable_by_hdf5(path, header))
      refuse(path, "its structure is damaged (HDF5 metadata fails its checksum); restore it from a copy");
    return header;
  }
  for (const DataRange& range : header.data)
    if (fixed_tables && !range.sha256.empty() && hash_of(file, range) != range.sha256)
      refuse(path, fmt::format("table {} is damaged (it fails its checksum); restore it from a copy", range.name));
  return header;
}

std::string structure_remark(const std::filesystem::path& path) {
  std::ifstream file = open_text(path);
  const Header header = checked_header(path, first_block(file));
  if (structure_of(file, header) == header.structure) return "";
  return fmt::format(
      "{}: another program wrote to this file; its results are checked row by row. Open results files read-only elsewhere",
      path.string());
}

}  // namespace espalier::record
