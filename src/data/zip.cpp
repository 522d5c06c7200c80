// SPDX-License-Identifier: BSD-3-Clause
#include "data/zip.hpp"

#include <fmt/core.h>
#include <zlib.h>

#include <algorithm>
#include <new>

#include "data/byte_source.hpp"
#include "espalier/core/error.hpp"

namespace espalier::data {
namespace {

constexpr std::size_t end_bytes = 22, central_bytes = 46, local_bytes = 30;

/// An archive and its name, for little-endian numbers at a place that is checked.
struct Archive {
  std::span<const std::uint8_t> bytes;
  const std::string& name;

  [[noreturn]] void refuse(std::uint64_t place, const std::string& what) const {
    throw core::UserError(fmt::format("{}: byte {}: {}", name, place, what));
  }
  std::span<const std::uint8_t> part(std::uint64_t place, std::uint64_t size) const {
    if (place > bytes.size() || size > bytes.size() - place)
      refuse(place, fmt::format("{} bytes are expected here, the file has {}; copy the file again", size, bytes.size()));
    return bytes.subspan(place, size);
  }
  std::uint32_t number(std::uint64_t place, std::size_t size) const {
    std::uint32_t x = 0;
    const auto field = part(place, size);
    for (std::size_t i = size; i-- > 0;) x = x << 8 | field[i];
    return x;
  }
  void expect(std::uint64_t place, std::uint32_t signature, const std::string& what) const {
    if (const std::uint32_t found = number(place, 4); found != signature)
      refuse(place, fmt::format("0x{:08x} ({}) is expected here, found 0x{:08x}; copy the file again", signature, what, found));
  }
};

/// Place of the record at the end of the archive, before a comment of up to 65535 bytes.
std::uint64_t end_record(const Archive& archive) {
  const std::size_t size = archive.bytes.size();
  for (std::size_t back = end_bytes; back <= std::min<std::size_t>(size, end_bytes + 65535); ++back)
    if (archive.number(size - back, 4) == 0x06054B50 && archive.number(size - back + 20, 2) == back - end_bytes)
      return size - back;
  archive.refuse(size, "a ZIP archive ends with its directory, which is not there; copy the file again");
}

ZipEntry entry_at(const Archive& archive, std::uint64_t place) {
  archive.expect(place, 0x02014B50, "a file of the directory");
  const std::uint32_t flags = archive.number(place + 8, 2), method = archive.number(place + 10, 2);
  const std::uint32_t packed = archive.number(place + 20, 4), size = archive.number(place + 24, 4);
  const std::uint32_t local = archive.number(place + 42, 4);
  const auto name = archive.part(place + central_bytes, archive.number(place + 28, 2));
  ZipEntry entry{{name.begin(), name.end()}, method == Z_DEFLATED, archive.number(place + 16, 4), size, {}};
  if ((flags & 1) != 0) archive.refuse(place + 8, "the file is encrypted, which is not read");
  if (method != 0 && method != Z_DEFLATED)
    archive.refuse(place + 10, fmt::format("compression method {}, allowed are 0 (stored) and 8 (deflated)", method));
  if (std::max({packed, size, local}) == 0xFFFFFFFF) archive.refuse(place + 20, "a file of 4 GiB or more, which is not read");
  archive.expect(local, 0x04034B50, "a file");
  const std::uint64_t data = std::uint64_t{local} + local_bytes + archive.number(local + 26, 2) + archive.number(local + 28, 2);
  entry.data = archive.part(data, packed);
  if (entry.deflated ? size > packed * deflate_ratio : size != packed)
    archive.refuse(place + 24, fmt::format("{} bytes cannot be in the {} of the archive; copy the file again", size, packed));
  return entry;
}

/// Inflates raw deflate data until `out` is full.
void inflate_into(std::span<const std::uint8_t> data, std::span<std::uint8_t> out, const std::string& name) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  stream.next_in = const_cast<Bytef*>(data.data());
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = inflate(&stream, Z_SYNC_FLUSH);
  const bool valid = code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR, full = stream.avail_out == 0;
  const std::string reason = valid ? "it ends early" : stream.msg != nullptr ? stream.msg : zError(code);
  inflateEnd(&stream);
  if (!valid || !full) throw core::UserError(fmt::format("{}: damaged data ({}); copy the file again", name, reason));
}

}  // namespace

std::vector<ZipEntry> zip_entries(std::span<const std::uint8_t> file, const std::string& name) {
  const Archive archive{file, name};
  const std::uint64_t end = end_record(archive);
  const std::uint32_t count = archive.number(end + 10, 2);
  if (archive.number(end + 4, 4) != 0) archive.refuse(end + 4, "the archive has several parts, which is not read");
  std::uint64_t place = archive.number(end + 16, 4);
  std::vector<ZipEntry> entries;
  for (std::uint32_t i = 0; i < count; ++i) {
    entries.push_back(entry_at(archive, place));
    const std::uint64_t name_and_more =
        archive.number(place + 28, 2) + archive.number(place + 30, 2) + archive.number(place + 32, 2);
    place += central_bytes + name_and_more;
  }
  return entries;
}

void zip_read(const ZipEntry& entry, std::span<std::uint8_t> out, const std::string& name) {
  if (entry.deflated)
    inflate_into(entry.data, out, name);
  else
    std::ranges::copy(entry.data.first(out.size()), out.begin());
  if (out.size() == entry.size && crc32_z(0, out.data(), out.size()) != entry.crc)
    throw core::UserError(fmt::format("{}: damaged data (incorrect CRC); copy the file again", name));
}

}  // namespace espalier::data
