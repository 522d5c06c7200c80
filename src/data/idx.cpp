// SPDX-License-Identifier: BSD-3-Clause
#include "data/idx.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include "data/byte_source.hpp"
#include "espalier/core/error.hpp"

namespace espalier::data {
namespace {

constexpr std::size_t longest_header = 20;
constexpr std::uint32_t byte_type = 0x08, int_type = 0x0C, float_type = 0x0D;

std::uint32_t big_endian(std::span<const std::uint8_t> bytes, std::size_t place) {
  std::uint32_t x = 0;
  for (std::size_t i = 0; i < 4; ++i) x = x << 8 | bytes[place + i];
  return x;
}

constexpr std::uint32_t magic_of(std::uint32_t type, std::uint32_t dimensions) { return type << 8 | dimensions; }

std::vector<std::uint8_t> header_of(std::initializer_list<std::uint32_t> numbers) {
  std::vector<std::uint8_t> out;
  for (const std::uint32_t number : numbers)
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(number >> shift));
  return out;
}

/// The magic number: two zero bytes, the type of the numbers, their dimensions.
std::uint32_t checked_magic(std::span<const std::uint8_t> bytes, Content content, const std::string& name) {
  if (bytes.size() < 4)
    throw core::UserError(fmt::format("{}: an IDX file has at least 8 bytes, this one has {}", name, bytes.size()));
  const std::uint32_t magic = big_endian(bytes, 0), type = magic >> 8, dimensions = magic & 0xFF;
  const bool integers = type == byte_type || type == int_type;
  if (content == Content::images ? (integers || type == float_type) && (dimensions == 3 || dimensions == 4)
                                 : magic == magic_of(byte_type, 1) || (type == int_type && (dimensions == 1 || dimensions == 2)))
    return magic;
  throw core::UserError(fmt::format(
      "{}: must start with the IDX magic number {}, found 0x{:08x}; check the file name", name,
      content == Content::images
          ? "0x00000803 (unsigned bytes, 3 dimensions; 0c for 32-bit integers, 0d for floats, 04 for images with channels)"
          : "0x00000801 (unsigned bytes, 1 dimension) or 0x00000c01, 0x00000c02 (32-bit integers)",
      magic));
}

/// Labels of any accepted form as unsigned bytes behind the header that such a file has.
std::vector<std::uint8_t> labels_as_bytes(std::vector<std::uint8_t> file, const IdxHeader& header, const std::string& name) {
  if (header.bytes == 1) return file;
  std::vector<std::uint8_t> out = labels_header(header.count);
  for (std::uint32_t i = 0; i < header.count; ++i) {
    const std::uint32_t label = big_endian(file, header.header_bytes + std::size_t{i} * header.image.width * header.bytes);
    if (label > 255)
      throw core::UserError(fmt::format("{}: label {} is {}, allowed are 0 to 255; check the file name", name, i,
                                        static_cast<std::int32_t>(label)));
    out.push_back(static_cast<std::uint8_t>(label));
  }
  return out;
}

[[noreturn]] void refuse_pixel(const std::string& name, const IdxHeader& header, std::uint64_t pixel, double value) {
  throw core::UserError(
      fmt::format("{}: byte {}: a pixel of image {} is {}, allowed are {}; images are stored as bytes", name,
                  header.header_bytes + 4 * pixel, pixel / header.image.size(), value,
                  header.real ? "the whole numbers 0 to 255, or in all of the file multiples of 1/255 from 0 to 1" : "0 to 255"));
}

/// Pixels of 32 bits become bytes, in place.
void pixels_as_bytes(std::vector<std::uint8_t>& file, const IdxHeader& header, const std::string& name) {
  const std::uint64_t pixels = header.count * header.image.size();
  const auto value = [&](std::uint64_t pixel) {
    const std::uint32_t bits = big_endian(file, header.header_bytes + 4 * pixel);
    return header.real ? static_cast<double>(std::bit_cast<float>(bits)) : static_cast<std::int32_t>(bits);
  };
  bool up_to_1 = header.real;
  for (std::uint64_t p = 0; p < pixels && up_to_1; ++p) up_to_1 = value(p) <= 1;
  const double factor = up_to_1 ? 255 : 1, tolerance = up_to_1 ? 1e-3 : 0;  // of k/255 as a float: 3e-5
  for (std::uint64_t p = 0; p < pixels; ++p) {
    const double x = value(p) * factor, byte = std::nearbyint(x);
    if (!(byte >= 0 && byte <= 255 && std::abs(x - byte) <= tolerance)) refuse_pixel(name, header, p, value(p));
    file[header.header_bytes + p] = static_cast<std::uint8_t>(byte);
  }
  file.resize(header.header_bytes + pixels);
}

/// Images of any accepted form as unsigned bytes, channel by channel, behind the header that such a file has.
std::vector<std::uint8_t> images_as_bytes(std::vector<std::uint8_t> file, const IdxHeader& header, const std::string& name) {
  if (header.bytes > 1) pixels_as_bytes(file, header, name);
  const std::vector<std::uint8_t> start = images_header(header.count, header.image);
  separate_channels(std::span(file).subspan(header.header_bytes), header.image);
  file.erase(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(header.header_bytes - start.size()));
  std::ranges::copy(start, file.begin());
  return file;
}

/// "5 x 28 x 28", with the channels where there are any.
std::string dimensions_text(const IdxHeader& header) {
  return fmt::format("{} x {}{} x {}", header.count, header.image.channels > 1 ? fmt::format("{} x ", header.image.channels) : "",
                     header.image.height, header.image.width);
}

[[noreturn]] void wrong_size(const std::string& name, const IdxHeader& header, const std::string& found) {
  throw core::UserError(fmt::format("{}: its header ({}) requires {} bytes, the file has {}; copy the file again", name,
                                    dimensions_text(header), header.file_bytes, found));
}

/// Refuses what the file's size rules out, before memory is taken for what the header promises.
void check_size(const ByteSource& source, const IdxHeader& header) {
  const std::uint64_t limit = source.size_limit();
  if (source.compressed() ? header.file_bytes > limit : header.file_bytes != limit)
    wrong_size(source.name(), header, (source.compressed() ? "at most " : "") + std::to_string(limit));
}

/// Start of the file: 20 bytes, or all that there is.
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

Arrangement arrangement(std::uint64_t count, std::span<const std::uint64_t> dimensions, const std::string& name) {
  std::string text = std::to_string(count);
  for (const std::uint64_t n : dimensions) text += fmt::format(" x {}", n);
  const auto are_channels = [](std::uint64_t n) { return n == 1 || n == 3; };
  const bool colour = dimensions.size() == 3;
  const bool last = colour && are_channels(dimensions[2]);
  if (dimensions.size() < 2 || dimensions.size() > 3 || (colour && last == are_channels(dimensions[0])))
    throw core::UserError(
        fmt::format("{}: its header says {}; allowed are images x rows x columns, and images with 1 or 3 channels "
                    "either before the rows or after the columns",
                    name, text));
  constexpr std::uint64_t most = 1U << 24;  // 4096 x 4096; count * pixels then stays below 2^56
  std::uint64_t pixels = 1;
  for (const std::uint64_t n : dimensions) pixels = n > most || pixels > most ? most + 1 : pixels * n;
  if (count == 0 || count > 0xFFFFFFFF || pixels == 0 || pixels > most)
    throw core::UserError(
        fmt::format("{}: its header says {}; at least 1 image, and 1 to {} pixels per image are allowed", name, text, most));
  const std::size_t rows = colour && !last ? 1 : 0;
  return {.channels = static_cast<std::uint32_t>(colour ? dimensions[last ? 2 : 0] : 1),
          .height = static_cast<std::uint32_t>(dimensions[rows]),
          .width = static_cast<std::uint32_t>(dimensions[rows + 1]),
          .interleaved = last};
}

void separate_channels(std::span<std::uint8_t> pixels, const Arrangement& images) {
  if (!images.interleaved || images.channels == 1) return;
  const std::size_t size = images.size(), channels = images.channels, plane = size / channels;
  std::vector<std::uint8_t> image(size);
  for (std::size_t first = 0; first < pixels.size(); first += size) {
    std::ranges::copy(pixels.subspan(first, size), image.begin());
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t p = 0; p < plane; ++p) pixels[first + c * plane + p] = image[p * channels + c];
  }
}

std::vector<std::uint8_t> images_header(std::uint32_t count, const Arrangement& image) {
  if (image.channels == 1) return header_of({magic_of(byte_type, 3), count, image.height, image.width});
  return header_of({magic_of(byte_type, 4), count, image.channels, image.height, image.width});
}

std::vector<std::uint8_t> labels_header(std::uint32_t count) { return header_of({magic_of(byte_type, 1), count}); }

IdxHeader parse_header(std::span<const std::uint8_t> bytes, Content content, const std::string& name) {
  const std::uint32_t magic = checked_magic(bytes, content, name), dimensions = magic & 0xFF;
  IdxHeader header;
  header.header_bytes = 4 + 4 * std::uint64_t{dimensions};
  header.bytes = magic >> 8 == byte_type ? 1 : 4;
  header.real = magic >> 8 == float_type;
  if (bytes.size() < header.header_bytes)
    throw core::UserError(fmt::format("{}: ends after {} bytes, inside its header of {}; copy the file again", name, bytes.size(),
                                      header.header_bytes));
  header.count = big_endian(bytes, 4);
  std::vector<std::uint64_t> sizes;
  for (std::uint32_t d = 1; d < dimensions; ++d) sizes.push_back(big_endian(bytes, 4 + 4 * std::size_t{d}));
  if (content == Content::labels) sizes = {1, sizes.empty() ? 1 : sizes[0]};
  header.image = arrangement(header.count, sizes, name);
  header.file_bytes = header.header_bytes + header.count * header.image.size() * header.bytes;
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
  return content == Content::images ? images_as_bytes(std::move(bytes), header, name)
                                    : labels_as_bytes(std::move(bytes), header, name);
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
