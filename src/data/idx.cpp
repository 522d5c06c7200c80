// SPDX-License-Identifier: BSD-3-Clause
#include "data/idx.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "data/byte_source.hpp"
#include "espalier/core/error.hpp"

namespace espalier::data {
namespace {

constexpr std::size_t longest_header = 16;
constexpr std::uint32_t byte_type = 0x08, int_type = 0x0C;

std::uint32_t big_endian(std::span<const std::uint8_t> bytes, std::size_t place) {
  std::uint32_t x = 0;
  for (std::size_t i = 0; i < 4; ++i) x = x << 8 | bytes[place + i];
  return x;
}

std::uint32_t dimensions(Content content) { return content == Content::images ? 3 : 1; }

constexpr std::uint32_t magic_of(std::uint32_t type, std::uint32_t dimensions) { return type << 8 | dimensions; }

/// The magic number: two zero bytes, the type of the numbers, their dimensions.
std::uint32_t checked_magic(std::span<const std::uint8_t> bytes, Content content, const std::string& name) {
  const std::uint32_t expected = magic_of(byte_type, dimensions(content));
  if (bytes.size() < 4)
    throw core::UserError(fmt::format("{}: an IDX file has at least 8 bytes, this one has {}", name, bytes.size()));
  const std::uint32_t magic = big_endian(bytes, 0);
  const bool integers = content == Content::labels && (magic == magic_of(int_type, 1) || magic == magic_of(int_type, 2));
  if (magic != expected && !integers)
    throw core::UserError(
        fmt::format("{}: must start with the IDX magic number 0x{:08x} ({}), found 0x{:08x}; check the file name", name, expected,
                    content == Content::images ? "unsigned bytes, 3 dimensions" : "unsigned bytes, 1 dimension", magic));
  return magic;
}

/// Labels of any accepted form as unsigned bytes behind the header that such a file has.
std::vector<std::uint8_t> as_bytes(std::vector<std::uint8_t> file, const IdxHeader& header, const std::string& name) {
  if (header.bytes == 1) return file;
  const std::uint32_t magic = magic_of(byte_type, 1);
  std::vector<std::uint8_t> out;
  for (const std::uint32_t number : {magic, header.count})
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(number >> shift));
  for (std::uint32_t i = 0; i < header.count; ++i) {
    const std::uint32_t label = big_endian(file, header.header_bytes + std::size_t{i} * header.width * header.bytes);
    if (label > 255)
      throw core::UserError(fmt::format("{}: label {} is {}, allowed are 0 to 255; check the file name", name, i,
                                        static_cast<std::int32_t>(label)));
    out.push_back(static_cast<std::uint8_t>(label));
  }
  return out;
}

[[noreturn]] void wrong_size(const std::string& name, const IdxHeader& header, const std::string& found) {
  throw core::UserError(fmt::format("{}: its header ({} x {} x {}) requires {} bytes, the file has {}; copy the file again", name,
                                    header.count, header.height, header.width, header.file_bytes, found));
}

/// Refuses what the file's size rules out, before memory is taken for what the header promises.
void check_size(const ByteSource& source, const IdxHeader& header) {
  const std::uint64_t limit = source.size_limit();
  if (source.compressed() ? header.file_bytes > limit : header.file_bytes != limit)
    wrong_size(source.name(), header, (source.compressed() ? "at most " : "") + std::to_string(limit));
}

/// Start of the file: 16 bytes, or all that there is.
std::vector<std::uint8_t> read_start(ByteSource& source) {
  std::vector<std::uint8_t> start(longest_header);
  start.resize(source.read(start));
  return start;
}

/// Size of the uncompressed data modulo 2^32, as the last four bytes of a gzip file say (of its last member).
std::uint32_t gzip_size(std::istream& in) {
  std::array<char, 4> end{};
  in.clear();
  in.seekg(-4, std::ios::end);
  in.read(end.data(), end.size());
  std::uint32_t size = 0;
  for (std::size_t i = 4; i-- > 0;) size = size << 8 | static_cast<std::uint8_t>(end[i]);
  return size;
}

}  // namespace

IdxHeader parse_header(std::span<const std::uint8_t> bytes, Content content, const std::string& name) {
  const std::uint32_t magic = checked_magic(bytes, content, name);
  IdxHeader header;
  header.header_bytes = 4 + 4 * (magic & 0xFF);
  header.bytes = magic >> 8 == int_type ? 4 : 1;
  if (bytes.size() < header.header_bytes)
    throw core::UserError(fmt::format("{}: ends after {} bytes, inside its header of {}; copy the file again", name, bytes.size(),
                                      header.header_bytes));
  header.count = big_endian(bytes, 4);
  if (content == Content::images) {
    header.height = big_endian(bytes, 8);
    header.width = big_endian(bytes, 12);
  } else if ((magic & 0xFF) == 2) {
    header.width = big_endian(bytes, 8);
  }
  const std::uint64_t pixels = std::uint64_t{header.height} * header.width;
  constexpr std::uint64_t most_pixels = 1U << 24;  // 4096 x 4096; count * pixels then stays below 2^56
  if (header.count == 0 || pixels == 0 || pixels > most_pixels)
    throw core::UserError(
        fmt::format("{}: its header says {} x {} x {}; at least 1 image, and 1 to {} pixels per image are allowed", name,
                    header.count, header.height, header.width, most_pixels));
  header.file_bytes = header.header_bytes + header.count * pixels * header.bytes;
  return header;
}

std::vector<std::uint8_t> read_idx(std::istream& in, Content content, const std::string& name) {
  ByteSource source(in, name);
  std::vector<std::uint8_t> bytes = read_start(source);
  const IdxHeader header = parse_header(bytes, content, name);
  check_size(source, header);
  if (bytes.size() > header.file_bytes) wrong_size(name, header, "more");
  const std::size_t start = bytes.size();
  bytes.resize(header.file_bytes);
  const std::size_t size = start + source.read(std::span(bytes).subspan(start));
  if (size < bytes.size()) wrong_size(name, header, std::to_string(size));
  std::array<std::uint8_t, 1> more{};
  if (source.read(more) > 0) wrong_size(name, header, "more");
  return as_bytes(std::move(bytes), header, name);
}

IdxHeader read_header(std::istream& in, Content content, const std::string& name) {
  IdxHeader header;
  {
    ByteSource source(in, name);
    header = parse_header(read_start(source), content, name);
    check_size(source, header);
    if (!source.compressed() || gzip_size(in) == static_cast<std::uint32_t>(header.file_bytes)) return header;
  }
  in.clear();
  read_idx(in, content, name);  // several gzip members, or a damaged file: says which
  return header;
}

}  // namespace espalier::data
