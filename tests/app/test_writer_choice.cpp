// SPDX-License-Identifier: BSD-3-Clause
#include "app/writer_choice.hpp"

#include <doctest/doctest.h>

namespace espalier::app::test {

using record::WrittenBy;

TEST_CASE("every rank writes its own rows on one host, and where hosts see each other's writes") {
  CHECK(choose_writer("", "a.h5", 1, "NFS").by == WrittenBy::ranks);
  CHECK(choose_writer("", "a.h5", 8, "").by == WrittenBy::ranks);
  CHECK(choose_writer("", "a.h5", 8, "").remark == "");
}

TEST_CASE("rank 0 writes for several hosts on NFS with a remark") {
  const WriterChoice choice = choose_writer("", "a.h5", 3, "NFS");

  CHECK(choice.by == WrittenBy::coordinator);
  CHECK(choice.remark.starts_with("a.h5: is on NFS, where 3 hosts"));
}

TEST_CASE("what the user says holds, with a warning where it is not safe") {
  CHECK(choose_writer("coordinator", "a.h5", 1, "").by == WrittenBy::coordinator);
  CHECK(choose_writer("hosts", "a.h5", 3, "").by == WrittenBy::hosts);
  CHECK(choose_writer("hosts", "a.h5", 3, "NFS").by == WrittenBy::hosts);
  CHECK(choose_writer("hosts", "a.h5", 3, "NFS").remark.find("use --writer coordinator to avoid this") != std::string::npos);
  CHECK(choose_writer("ranks", "a.h5", 3, "").remark == "");
  CHECK(choose_writer("ranks", "a.h5", 3, "NFS").by == WrittenBy::ranks);
  CHECK(choose_writer("ranks", "a.h5", 3, "NFS").remark.find("use --writer coordinator to avoid this") != std::string::npos);
}

}  // namespace espalier::app::test
