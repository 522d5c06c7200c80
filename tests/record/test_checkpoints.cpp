// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "support.hpp"

namespace espalier::record::test {
namespace {

using State = std::vector<std::byte>;

Layout layout_with_slots() {
  Layout layout = small_layout();
  layout.checkpoints = {100, 0};
  return layout;
}

State some_state(std::size_t bytes) {
  State state(bytes);
  for (std::size_t i = 0; i < bytes; ++i) state[i] = static_cast<std::byte>(i + 1);
  return state;
}

}  // namespace

TEST_CASE("the state that was kept last comes back, also after the file was closed") {
  const Folder folder;
  const auto path = folder / "a.h5";
  create(path, small_plan(), layout_with_slots(), some_run());
  {
    ResultsFile file(path, MPI_COMM_SELF, 0, small_plan(), layout_with_slots());
    CHECK(file.keeps_checkpoint(0));
    CHECK_FALSE(file.keeps_checkpoint(1));
    CHECK(file.read_checkpoint(0).empty());
    file.write_checkpoint(0, some_state(100));
    file.write_checkpoint(0, some_state(60));
    CHECK_THROWS_AS(file.write_checkpoint(0, some_state(101)), std::logic_error);
    CHECK_THROWS_AS(file.write_checkpoint(1, some_state(1)), std::logic_error);
  }

  ResultsFile file(path, MPI_COMM_SELF, 0, small_plan(), layout_with_slots());

  CHECK(file.read_checkpoint(0) == some_state(60));
  CHECK(file.read_checkpoint(1).empty());
}

TEST_CASE("every flipped byte of a state is noticed, and the state then is none") {
  const Folder folder;
  const auto path = folder / "a.h5";
  create(path, small_plan(), layout_with_slots(), some_run());
  ResultsFile(path, MPI_COMM_SELF, 0, small_plan(), layout_with_slots()).write_checkpoint(0, some_state(60));
  const std::string intact = read_bytes(path);
  const std::size_t used = 12 + 4 + 60;  // length, checksum, 4 bytes of no meaning, state
  const auto begin = range_of(path, "/checkpoints").first;

  for (std::size_t i = 0; i < used; ++i) {
    if (i >= 12 && i < 16) continue;
    std::string bytes = intact;
    bytes[begin + i] = static_cast<char>(bytes[begin + i] ^ 0x10);
    write_bytes(path, bytes);
    CAPTURE(i);
    CHECK(ResultsFile(path, MPI_COMM_SELF, 0, small_plan(), layout_with_slots()).read_checkpoint(0).empty());
  }
}

TEST_CASE("a training that kept a state made progress: its crashes are counted anew") {
  const Folder folder;
  const auto path = folder / "a.h5";
  create(path, small_plan(), layout_with_slots(), some_run());

  for (std::uint32_t crash = 0; crash < 2 * most_crashes; ++crash) {
    ResultsFile file(path, MPI_COMM_SELF, 0, small_plan(), layout_with_slots());
    file.start({core::Work::train, 0});
    file.write_checkpoint(0, some_state(crash));
    file.close();

    CHECK(count_crashes(path).given_up == 0);
    CHECK(read_progress(path).models.crashes[0] == 1);
    CHECK(read_progress(path).damaged_rows == 0);
  }
}

}  // namespace espalier::record::test
