// SPDX-License-Identifier: BSD-3-Clause
// Not by libpng: its simple interface converts colours by the file's gamma, and the other one reports errors by longjmp.
#include "data/png.hpp"

#include <fmt/core.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "data/byte_source.hpp"
#include "espalier/core/error.hpp"

namespace espalier::data {
namespace {

constexpr std::array<std::uint8_t, 8> signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::uint64_t chunk_bytes = 12;  // length, type and CRC

[[noreturn]] void refuse(const std::string& name, std::uint64_t place, const std::string& what) {
  throw core::UserError(fmt::format("{}: byte {}: {}", name, place, what));
}

std::uint32_t big_endian(std::span<const std::uint8_t> bytes, std::uint64_t place) {
  std::uint32_t x = 0;
  for (std::size_t i = 0; i < 4; ++i) x = x << 8 | bytes[place + i];
  return x;
}

struct Chunk {
  std::string type;
  std::uint64_t place = 0;  ///< of its data
  std::span<const std::uint8_t> data;
};

Chunk chunk_at(std::span<const std::uint8_t> bytes, std::uint64_t place, const std::string& name) {
  if (place + chunk_bytes > bytes.size()) refuse(name, place, "the PNG file ends early; copy the file again");
  const std::uint64_t length = big_endian(bytes, place);
  if (length > bytes.size() - place - chunk_bytes)
    refuse(name, place, fmt::format("a chunk of {} bytes, the file has {}; copy the file again", length, bytes.size()));
  const auto checked = bytes.subspan(place + 4, 4 + length);
  if (crc32_z(0, checked.data(), checked.size()) != big_endian(bytes, place + 8 + length))
    refuse(name, place, "a damaged chunk (incorrect CRC); copy the file again");
  return {{checked.begin(), checked.begin() + 4}, place + 8, checked.subspan(4)};
}

/// The data of all IDAT chunks, in which zlib data lies.
std::vector<std::uint8_t> image_data(std::span<const std::uint8_t> bytes, const std::string& name) {
  std::vector<std::uint8_t> data;
  for (std::uint64_t place = png_header_bytes;;) {
    const Chunk chunk = chunk_at(bytes, place, name);
    if (chunk.type == "IEND") return data;
    const bool critical = (static_cast<unsigned char>(chunk.type[0]) & 0x20) == 0;
    if (chunk.type == "IDAT")
      data.insert(data.end(), chunk.data.begin(), chunk.data.end());
    else if (critical && chunk.type != "PLTE")
      refuse(name, chunk.place - 4, "a chunk of unknown type, without which the image cannot be read");
    place = chunk.place + chunk.data.size() + 4;
  }
}

/// The rows before decompression, each behind the number of its filter.
std::vector<std::uint8_t> filtered_rows(const std::vector<std::uint8_t>& data, std::uint64_t size, const std::string& name) {
  if (size > data.size() * deflate_ratio)
    refuse(name, 16,
           fmt::format("the image has {} bytes, its data of {} cannot fill them; copy the file again", size, data.size()));
  std::vector<std::uint8_t> rows(size);
  uLongf length = rows.size();
  if (const int code = uncompress(rows.data(), &length, data.data(), data.size()); code != Z_OK || length != size)
    refuse(name, png_header_bytes,
           fmt::format("damaged image data ({}); copy the file again", code == Z_OK ? "it ends early" : zError(code)));
  return rows;
}

/// Paeth's predictor [ISO/IEC 15948, 9.4]: the one of left, up and corner that is nearest to left + up - corner.
int paeth(int left, int up, int corner) {
  const int estimate = left + up - corner;
  const int from_left = std::abs(estimate - left), from_up = std::abs(estimate - up), from_corner = std::abs(estimate - corner);
  if (from_left <= from_up && from_left <= from_corner) return left;
  return from_up <= from_corner ? up : corner;
}

int prediction(int filter, int left, int up, int corner) {
  switch (filter) {
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) / 2;
    case 4:
      return paeth(left, up, corner);
    default:
      return 0;
  }
}

/// Adds its prediction to every byte, in place; `step` bytes are a pixel.
void unfilter(std::span<std::uint8_t> rows, std::size_t row_bytes, std::size_t step, const std::string& name) {
  const std::vector<std::uint8_t> black(row_bytes);
  std::span<const std::uint8_t> above = black;
  for (std::size_t first = 0; first < rows.size(); first += row_bytes + 1) {
    const int filter = rows[first];
    if (filter > 4)
      refuse(name, png_header_bytes,
             fmt::format("row {} has filter {}, allowed are 0 to 4; copy the file again", first / (row_bytes + 1), filter));
    const auto row = rows.subspan(first + 1, row_bytes);
    for (std::size_t i = 0; i < row_bytes; ++i) {
      const int left = i < step ? 0 : row[i - step], corner = i < step ? 0 : above[i - step];
      row[i] = static_cast<std::uint8_t>(row[i] + prediction(filter, left, above[i], corner));
    }
    above = row;
  }
}

}  // namespace

Arrangement parse_png_header(std::span<const std::uint8_t> bytes, const std::string& name) {
  if (bytes.size() < png_header_bytes || !std::ranges::equal(bytes.first(8), signature))
    refuse(name, 0, "a PNG file must start with 0x89504e470d0a1a0a and its header, this one does not; check the file");
  const Chunk header = chunk_at(bytes.first(png_header_bytes), 8, name);
  if (header.type != "IHDR" || header.data.size() != 13)
    refuse(name, 8, "the header (IHDR) is expected here; copy the file again");
  const int bits = header.data[8], colour = header.data[9], interlace = header.data[12];
  if (bits != 8) refuse(name, 24, fmt::format("{} bits per value, allowed are 8", bits));
  if (colour != 0 && colour != 2)
    refuse(name, 25, fmt::format("colour type {}, allowed are 0 (grey) and 2 (RGB), without palette and transparency", colour));
  if (header.data[10] != 0 || header.data[11] != 0) refuse(name, 26, "an unknown method of compression or filtering");
  if (interlace != 0) refuse(name, 28, "the image is interlaced, which is not read; store it without");
  const std::array<std::uint64_t, 2> size{big_endian(bytes, 20), big_endian(bytes, 16)};
  Arrangement image = arrangement(1, size, name);
  image.channels = colour == 2 ? 3 : 1;
  return image;
}

void decode_png(std::span<const std::uint8_t> bytes, const Arrangement& image, std::span<std::uint8_t> out,
                const std::string& name) {
  const std::size_t channels = image.channels, row_bytes = image.width * channels,
                    plane = std::size_t{image.height} * image.width;
  std::vector<std::uint8_t> rows = filtered_rows(image_data(bytes, name), image.height * (row_bytes + 1), name);
  unfilter(rows, row_bytes, channels, name);
  for (std::size_t y = 0; y < image.height; ++y)
    for (std::size_t x = 0; x < image.width; ++x)
      for (std::size_t c = 0; c < channels; ++c)
        out[c * plane + y * image.width + x] = rows[y * (row_bytes + 1) + 1 + x * channels + c];
}

}  // namespace espalier::data
