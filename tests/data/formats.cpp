// SPDX-License-Identifier: BSD-3-Clause
#include "data/formats.hpp"

#include <zlib.h>

#include <cstdlib>

#include "data/files.hpp"

namespace espalier::data::test {
namespace {

std::string big(std::uint32_t x) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(x >> shift & 0xff);
  return bytes;
}

std::string little(std::size_t x, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(x >> (8 * i) & 0xff);
  return bytes;
}

std::uint32_t crc_of(const std::string& bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

int paeth(int a, int b, int c) {
  const int p = a + b - c, pa = std::abs(p - a), pb = std::abs(p - b), pc = std::abs(p - c);
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

}  // namespace

std::string counting(std::size_t count, int first) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(static_cast<std::size_t>(first) + i);
  return bytes;
}

std::string npy(const std::string& type, const std::string& shape, const std::string& bytes) {
  std::string text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  text.resize(118 - 1, ' ');
  text += '\n';
  return "\x93NUMPY" + little(1, 2) + little(text.size(), 2) + text + bytes;
}

std::string zip(const Members& members, bool is_deflated) {
  std::string files, directory;
  for (const auto& [name, bytes] : members) {
    const std::string data = is_deflated ? deflated(bytes, -MAX_WBITS) : bytes;
    // method, time, date, CRC and sizes; NumPy writes the sizes of the local header into an extra field, which no reader needs
    const std::string common = little(is_deflated ? 8 : 0, 2) + little(0, 4) + little(crc_of(bytes), 4);
    const std::string extra = little(1, 2) + little(16, 2) + little(bytes.size(), 8) + little(data.size(), 8);
    directory += "PK\1\2" + little(20, 2) + little(20, 2) + little(0, 2) + common + little(data.size(), 4) +
                 little(bytes.size(), 4) + little(name.size(), 2) + little(0, 2) + little(0, 2) + little(0, 2) + little(0, 2) +
                 little(0, 4) + little(files.size(), 4) + name;
    files += "PK\3\4" + little(20, 2) + little(0, 2) + common + little(0xFFFFFFFF, 4) + little(0xFFFFFFFF, 4) +
             little(name.size(), 2) + little(extra.size(), 2) + name + extra + data;
  }
  return files + directory + "PK\5\6" + little(0, 4) + little(members.size(), 2) + little(members.size(), 2) +
         little(directory.size(), 4) + little(files.size(), 4) + little(0, 2);
}

Members npz_members(const std::string& shape, std::size_t bytes) {
  return {{"x_train.npy", npy("|u1", "7, " + shape, counting(7 * bytes))},
          {"y_train.npy", npy("|u1", "7,", std::string("\0\1\2\0\1\2\0", 7))},
          {"x_test.npy", npy("|u1", "4, " + shape, counting(4 * bytes, 100))},
          {"y_test.npy", npy("|u1", "4,", std::string("\0\1\2\0", 4))}};
}

std::string chunk(const std::string& type, const std::string& data) {
  return big(static_cast<std::uint32_t>(data.size())) + type + data + big(crc_of(type + data));
}

std::string png_header(std::uint32_t width, std::uint32_t height, int bits, int colour, int interlace) {
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", big(width) + big(height) + static_cast<char>(bits) + static_cast<char>(colour) +
                                                 std::string(2, '\0') + static_cast<char>(interlace));
}

std::string png(std::uint32_t width, std::uint32_t height, int channels, const std::string& pixels, int first_filter) {
  const std::size_t step = static_cast<std::size_t>(channels), row_bytes = width * step;
  std::string rows;
  for (std::size_t y = 0; y < height; ++y) {
    const int filter = (first_filter + static_cast<int>(y)) % 5;
    rows += static_cast<char>(filter);
    for (std::size_t i = 0; i < row_bytes; ++i) {
      const auto at = [&](bool inside, std::size_t place) { return inside ? static_cast<std::uint8_t>(pixels[place]) : 0; };
      const std::size_t here = y * row_bytes + i;
      const int left = at(i >= step, here - step), up = at(y > 0, here - row_bytes);
      const int corner = at(i >= step && y > 0, here - row_bytes - step);
      const int guess[]{0, left, up, (left + up) / 2, paeth(left, up, corner)};
      rows += static_cast<char>(at(true, here) - guess[filter]);
    }
  }
  const std::string data = deflated(rows, MAX_WBITS);
  return png_header(width, height, 8, channels == 3 ? 2 : 0) + chunk("tEXt", "a remark") + chunk("IDAT", data.substr(0, 5)) +
         chunk("IDAT", data.substr(5)) + chunk("IEND", "");
}

void write_png_set(const std::filesystem::path& folder) {
  for (int i = 0; i < 7; ++i)
    write(folder / "train" / std::string(1, static_cast<char>('a' + i % 3)) / (std::to_string(i) + ".png"),
          png(2, 3, 1, counting(6, 6 * i), i));
  for (int i = 0; i < 4; ++i)
    write(folder / "test" / std::string(1, static_cast<char>('a' + i % 3)) / (std::to_string(i) + ".PNG"),
          png(2, 3, 1, counting(6, 100 + 6 * i), i));
}

std::string cifar(const std::vector<std::string>& labels) {
  std::string bytes;
  for (std::size_t i = 0; i < labels.size(); ++i) bytes += labels[i] + counting(3072, static_cast<int>(i));
  return bytes;
}

}  // namespace espalier::data::test
