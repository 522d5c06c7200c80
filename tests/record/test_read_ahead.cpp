// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "record/hdf5/hdf5.hpp"
#include "record/rows/table.hpp"
#include "support.hpp"

namespace espalier::record::test {
namespace {

constexpr std::uint64_t rows = 500'000;  // 4 MB: several of the pieces that are read at once

std::vector<std::uint64_t> read(const h5::Dataset& data, std::uint64_t first, std::uint64_t count) {
  std::vector<std::uint64_t> out(count);
  data.read(first, count, bytes_of(out));
  return out;
}

/// A dataset whose rows are 0, 1, 2, ...
void make(const std::filesystem::path& path) {
  const h5::Handle file = h5::create_file(path, 2048);
  const h5::Dataset data = h5::Dataset::create(file.id(), "/numbers", h5::plain(H5T_STD_U64LE), {rows}, {});
  std::vector<std::uint64_t> numbers(rows);
  for (std::uint64_t i = 0; i < rows; ++i) numbers[i] = i;
  data.write(0, rows, bytes_of(numbers));
}

}  // namespace

TEST_CASE("rows that are read ahead are those that are read one by one, in any order and up to the end") {
  const Folder folder;
  make(folder / "a.h5");
  const h5::Handle file = h5::open_file(folder / "a.h5", false);
  h5::Dataset data(file.id(), "/numbers");
  data.read_ahead();

  bool equal = true;
  for (std::uint64_t first = 0; first < rows; first += 3) {  // the last piece ends with the dataset
    const auto some = read(data, first, std::min<std::uint64_t>(3, rows - first));
    for (std::uint64_t i = 0; i < some.size(); ++i) equal = equal && some[i] == first + i;
  }
  CHECK(equal);
  for (const std::uint64_t first : {rows - 1, std::uint64_t{7}, std::uint64_t{8}, rows / 2, std::uint64_t{9}})
    CHECK(read(data, first, 1).front() == first);
  CHECK(read(data, 10, rows - 10).back() == rows - 1);  // more than a piece
  CHECK_THROWS_AS(read(data, rows - 1, 2), std::logic_error);
}

TEST_CASE("rows that were written meanwhile are seen once what was read ahead is forgotten") {
  const Folder folder;
  make(folder / "a.h5");
  const h5::Handle file = h5::open_file(folder / "a.h5", true);
  const h5::Dataset writer(file.id(), "/numbers");
  h5::Dataset data(file.id(), "/numbers");
  data.read_ahead();
  CHECK(read(data, 0, 1).front() == 0);
  CHECK(read(data, 1, 1).front() == 1);
  const std::vector<std::uint64_t> other{77};

  writer.write(2, 1, bytes_of(other));

  CHECK(read(data, 2, 1).front() == 2);
  data.forget_ahead();
  CHECK(read(data, 2, 1).front() == 77);
}

}  // namespace espalier::record::test
