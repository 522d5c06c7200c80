// SPDX-License-Identifier: BSD-3-Clause
#include <array>

#include "data/setting.hpp"

using namespace espalier;
using namespace espalier::data::test;
namespace fs = std::filesystem;

TEST_CASE("Colours after the columns become planes, and planes stay") {
  const Setting last, first;
  write(last.root / "some.npz", zip(npz_members("2, 2, 3", 12), true));
  write(first.root / "some.npz", zip(npz_members("3, 2, 2", 12), false));

  const data::Dataset interleaved = last.load(), planes = first.load();

  CHECK(interleaved.train.channels == 3);
  CHECK(interleaved.train.height == 2);
  CHECK(numbers(interleaved.train.pixels.first(12)) == std::vector<int>{0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11});
  CHECK(numbers(planes.train.pixels.first(12)) == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(last.describe().channels == 3);
}

TEST_CASE("Labels of an .npz file are integers of any size in one column") {
  for (const auto& [type, zero, two] : std::vector<std::array<std::string, 3>>{
           {"<i8", std::string(8, '\0'), "\2" + std::string(7, '\0')}, {">u2", std::string(2, '\0'), std::string("\0\2", 2)}}) {
    const Setting setting;
    Members members = npz_members();
    members[3].second = npy(type, "4, 1", zero + two + zero + zero);
    write(setting.some / "some.npz", zip(members, true));

    CHECK(numbers(setting.load().test.labels) == std::vector<int>{0, 2, 0, 0});
  }
}

TEST_CASE("Wrong arrays of an .npz file are refused with the array, what is allowed and what was found") {
  const auto text = [](std::size_t member, const std::string& bytes) {
    const Setting setting;
    Members members = npz_members();
    members[member].second = bytes;
    write(setting.root / "some.npz", zip(members, true));
    return setting.mistake_in_both();
  };

  CHECK(contains(text(0, npy("<f4", "7, 3, 2", counting(168))), "some.npz: x_train: is of type '<f4', allowed is '|u1'"));
  CHECK(
      contains(text(0, npy("|u1", "7, 6", counting(42))), "x_train: its header says 7 x 6; allowed are images x rows x columns"));
  CHECK(contains(text(0, npy("|u1", "7, 2, 3, 2", counting(84))), "its header says 7 x 2 x 3 x 2; allowed are"));
  CHECK(contains(text(0, npy("|u1", "7, 3, 3", counting(42))), "its shape (7, 3, 3) requires 63 bytes, the array has 42"));
  CHECK(contains(text(0, npy("|u1", "0, 3, 2", "")), "at least 1 image"));
  CHECK(contains(text(0, npy("|u1", "7, 99999999999999999999, 2", "")), "is too large"));
  CHECK(contains(text(2, npy("|u1", "4, 2, 3", counting(24))), "x_train: images of 3 x 2, but"));
  CHECK(contains(text(1, npy("<f8", "7,", std::string(56, '\0'))), "y_train: is of type '<f8', allowed are integers"));
  CHECK(
      contains(text(1, npy("|u1", "7, 2", std::string(14, '\0'))), "y_train: has the shape (7, 2), allowed are (n) and (n, 1)"));
  CHECK(contains(text(1, npy("|u1", "6,", std::string(6, '\0'))), "y_train has 6 labels"));
  CHECK(contains(text(1, npy("<i2", "7,", std::string(13, '\0') + "\1")), "y_train: label 6 is not from 0 to 255"));
  CHECK(contains(text(3, npy("|i1", "4,", std::string("\0\0\xFF\0", 4))), "y_test: label 2 is not from 0 to 255"));
  CHECK(contains(text(0, "an array"), "x_train: byte 0: a .npy array must start with"));
  CHECK(contains(text(0, npy("|u1", "7, 3, 2", "").substr(0, 60)), "x_train: byte 8: a header of 118 bytes, allowed are"));
  std::string record = npy("|u1", "7, 3, 2", "");
  record.replace(record.find("'|u1'"), 5, "[1,2]");
  CHECK(contains(text(0, record), "x_train: byte 10: a header with descr"));
}

TEST_CASE("Damaged archives are refused with the byte, and promises that the file cannot hold before memory is taken") {
  const std::string good = zip(npz_members(), false), packed = zip(npz_members(), true);
  const auto text = [](std::string bytes, std::size_t place, const std::string& now) {
    const Setting setting;
    bytes.replace(place, now.size(), now);
    write(setting.root / "some.npz", bytes);
    const std::string said = setting.mistake_in_load();
    CHECK(said.starts_with((setting.root / "some.npz").string() + ": "));
    return said;
  };
  const std::size_t directory = packed.find("PK\1\2");

  CHECK(contains(text(good.substr(0, good.size() - 1), 0, "P"), "a ZIP archive ends with its directory, which is not there"));
  CHECK(contains(text("text", 0, "t"), "a ZIP archive ends with"));
  CHECK(contains(text(good, 0, "X"), "byte 0: 0x04034b50 (a file) is expected here, found 0x04034b58"));
  CHECK(contains(text(good, 180, "\x7f"), "some.npz: x_train: damaged data (incorrect CRC)"));
  CHECK(contains(text(packed, 70, "\xff\xff\xff"), "x_train: damaged data ("));
  CHECK(contains(text(packed, directory, "X"), "(a file of the directory) is expected here"));
  CHECK(contains(text(packed, directory + 8, "\1"), "encrypted"));
  CHECK(contains(text(packed, directory + 10, "\x0c"), "compression method 12, allowed are 0 (stored) and 8 (deflated)"));
  CHECK(contains(text(packed, directory + 24, "\xff\xff\xff\x7f"), "2147483647 bytes cannot be in the"));
  CHECK(contains(text(packed, directory + 20, "\xff\xff\xff\xff"), "a file of 4 GiB or more"));
  CHECK(contains(text(packed, directory + 42, "\xff\xff\xff\x7f"), "4 bytes are expected here, the file has"));
  CHECK(contains(text(zip({{"images.npy", ""}}, true), 0, "P"),
                 "must contain the arrays x_train, y_train, x_test, y_test, found: images.npy"));
  for (std::size_t size = 0; size < packed.size(); size += 7) text(packed.substr(0, size), 0, "");
}
