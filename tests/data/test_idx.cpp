// SPDX-License-Identifier: BSD-3-Clause
#include "data/idx.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "data/files.hpp"

using namespace espalier;
using namespace espalier::data::test;
using data::Content;

namespace {

std::string read(const std::string& file, Content content = Content::images) {
  std::istringstream in(file);
  const auto bytes = data::read_idx(in, content, "file");
  return {bytes.begin(), bytes.end()};
}

std::string mistake_in(const std::string& file, Content content = Content::images) {
  return mistake([&] { read(file, content); });
}

std::string mistake_in_header(const std::string& file, Content content = Content::images) {
  return mistake([&] {
    std::istringstream in(file);
    data::read_header(in, content, "file");
  });
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("An IDX file is read whole, plain, gzip, and gzip in several members") {
  const std::string file = images(5);

  CHECK(read(file) == file);
  CHECK(read(gzip(file)) == file);
  CHECK(read(gzip(file.substr(0, 9)) + gzip("") + gzip(file.substr(9))) == file);
  CHECK(read(labels(4), Content::labels) == labels(4));
  CHECK(read(gzip(labels(4)), Content::labels) == labels(4));
}

TEST_CASE("A file larger than the buffers is read whole") {
  const std::string file = images(300, 1, 28, 28);  // 235 kB; buffers are 64 kB

  CHECK(read(gzip(file)) == file);
  CHECK(read(file) == file);
}

TEST_CASE("A header says count, height, width and the file's size") {
  const std::string file = images(5, 0, 4, 3);
  std::istringstream plain(file), zipped(gzip(file)), members(gzip(file.substr(0, 30)) + gzip(file.substr(30)));

  for (std::istringstream* in : {&plain, &zipped, &members}) {
    const data::IdxHeader header = data::read_header(*in, Content::images, "file");

    CHECK(header.count == 5);
    CHECK(header.image.height == 4);
    CHECK(header.image.width == 3);
    CHECK(header.header_bytes == 16);
    CHECK(header.file_bytes == file.size());
  }
}

TEST_CASE("A wrong magic number is refused with what it must be and what was found") {
  CHECK(mistake_in(labels(4)) ==
        "file: must start with the IDX magic number 0x00000803 (unsigned bytes, 3 dimensions; 0c for 32-bit integers, 0d for "
        "floats, "
        "04 for images with channels), found 0x00000801; check the file name");
  CHECK(contains(mistake_in(images(4), Content::labels),
                 "0x00000801 (unsigned bytes, 1 dimension) or 0x00000c01, 0x00000c02 (32-bit integers), found 0x00000803"));
  CHECK(contains(mistake_in(header(0xe03, {1, 1, 4}) + "abcd"), "found 0x00000e03"));  // doubles
  CHECK(contains(mistake_in(header(0x805, {1, 1, 1, 1, 1}) + "a"), "found 0x00000805"));
  CHECK(contains(mistake_in("<!DOCTYPE html><html>"), "found 0x3c21444f"));
  CHECK(contains(mistake_in_header(labels(4)), "found 0x00000801"));
}

TEST_CASE("A file cut off anywhere is refused, plain or gzip, and the message names it") {
  for (const std::string& file : {images(3), gzip(images(3))}) {
    for (std::size_t size = 0; size < file.size(); ++size) {
      CHECK(mistake_in(file.substr(0, size)).starts_with("file: "));
      CHECK(mistake_in_header(file.substr(0, size)).starts_with("file: "));
    }
  }
  CHECK(mistake_in("") == "file: an IDX file has at least 8 bytes, this one has 0");
  CHECK(contains(mistake_in(images(3).substr(0, 33)), "(3 x 3 x 2) requires 34 bytes, the file has 33; copy the file again"));
  const std::string zipped = gzip(images(3));
  CHECK(contains(mistake_in(zipped.substr(0, zipped.size() - 1)), "gzip data ends early"));
}

TEST_CASE("Bytes after the data are refused: in the file, in the gzip data, in a further member, and behind it") {
  const std::string file = images(3);

  CHECK(contains(mistake_in(file + "x"), "requires 34 bytes, the file has 35"));
  CHECK(contains(mistake_in(gzip(file + "x")), "requires 34 bytes, the file has more"));
  CHECK(contains(mistake_in(gzip(file) + gzip("x")), "the file has more"));
  CHECK(contains(mistake_in(gzip(file) + "x"), "bytes that are not gzip follow"));
  CHECK(contains(mistake_in(gzip(file) + std::string(4, '\0')), "bytes that are not gzip follow"));
  for (const std::string& longer : {file + "x", gzip(file + "x"), gzip(file) + gzip("x"), gzip(file) + "x"})
    CHECK(mistake_in_header(longer).starts_with("file: "));
}

TEST_CASE("Damaged gzip data is refused with zlib's reason") {
  std::string zipped = gzip(images(3));
  zipped[zipped.size() - 8] = static_cast<char>(zipped[zipped.size() - 8] ^ 1);  // its CRC

  CHECK(mistake_in(zipped) == "file: damaged gzip data (incorrect data check); copy the file again");
}

TEST_CASE("A file without images or pixels, or with images too large, is refused") {
  CHECK(contains(mistake_in(header(0x803, {0, 3, 2})), "its header says 0 x 3 x 2; at least 1 image"));
  CHECK(contains(mistake_in(header(0x803, {5, 0, 2})), "5 x 0 x 2"));
  CHECK(contains(mistake_in(header(0x803, {5, 3, 0})), "5 x 3 x 0"));
  CHECK(contains(mistake_in(header(0x801, {0}), Content::labels), "at least 1 image"));
  CHECK(contains(mistake_in(header(0x803, {1, 4097, 4096})), "1 to 16777216 pixels"));
}

TEST_CASE("Dimensions whose product overflows, or that the file cannot hold, are refused before memory is taken") {
  const std::uint32_t most = 0xffffffff;

  CHECK(contains(mistake_in(header(0x803, {most, most, most}) + "abc"), "pixels per image are allowed"));
  CHECK(contains(mistake_in(header(0x803, {0x10000, 0x10000, 0x10000})), "pixels per image are allowed"));
  CHECK(contains(mistake_in(header(0x803, {most, 4096, 4096}) + "abc"), "requires 72057594021150736 bytes, the file has 19"));
  CHECK(contains(mistake_in(gzip(header(0x803, {most, 4096, 4096}) + "abc")), "the file has at most"));
  CHECK(contains(mistake_in(header(0x801, {most}), Content::labels), "requires 4294967303 bytes, the file has 8"));
}
