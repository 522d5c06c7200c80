// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "espalier/core/random.hpp"
#include "espalier/record/export.hpp"
#include "espalier/record/verify.hpp"
#include "record/file/header.hpp"
#include "support.hpp"

namespace espalier::record::test {
namespace {

/// Bits of one byte of a file flipped, for as long as this lives.
class FlippedByte {
 public:
  FlippedByte(const std::filesystem::path& path, std::size_t at, int mask)
      : file_(path, std::ios::binary | std::ios::in | std::ios::out), at_(static_cast<std::streamoff>(at)), mask_(mask) {
    flip();
  }
  ~FlippedByte() { flip(); }
  FlippedByte(const FlippedByte&) = delete;
  FlippedByte& operator=(const FlippedByte&) = delete;

 private:
  void flip() {
    file_.seekg(at_);
    const int byte = file_.get();
    file_.seekp(at_);
    file_.put(static_cast<char>(byte ^ mask_));
    file_.flush();
  }
  std::fstream file_;
  std::streamoff at_;
  int mask_;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The CSV table of a file, and the number of its damaged rows.
std::pair<std::vector<std::string>, std::size_t> exported(const std::filesystem::path& path) {
  std::ostringstream out;
  const std::size_t damaged = export_table(path, {}, out);
  return {lines_of(out.str()), damaged};
}

}  // namespace

TEST_CASE("an exported table says of damaged cells that they are to do, and of the others what it said before") {
  const Folder folder;
  const auto path = folder / "a.h5";
  write_all(path, small_plan(), small_layout());
  const auto [before, none] = exported(path);
  CHECK(none == 0);
  const auto results = range_of(path, "/results");
  const std::size_t row = results.second / small_plan().cells.size();

  const FlippedByte payload(path, range_of(path, "/outcomes").first, 4), number(path, results.first + 2 * row + 60, 1);
  const auto [after, damaged_rows] = exported(path);

  CHECK(damaged_rows == 2);
  REQUIRE(after.size() == before.size());
  for (std::size_t line = 0; line < after.size(); ++line) {
    const bool damaged = line == 1 || line == 3;  // after the names come cells 0, 1, 2
    CHECK((after[line] == before[line]) != damaged);
    CHECK((after[line].find(",to do,") != std::string::npos) == damaged);
    CHECK((after[line].find(",done,") != std::string::npos) == (line > 0 && !damaged));
  }
}

TEST_CASE("every flipped byte of results and payload is detected and costs exactly its row") {
  const Folder folder;
  const auto path = folder / "a.h5";
  write_all(path, small_plan(), small_layout());
  std::size_t flips = 0, seen = 0;

  for (const char* dataset :
       {"/results", "/outcomes", "/class_accuracy", "/models", "/epochs", "/degrees", "/weights", "/links"}) {
    const auto [offset, bytes] = range_of(path, dataset);
    for (std::size_t i = offset; i < offset + bytes; ++i) {
      const FlippedByte flipped(path, i, 1 << (i % 8));
      ++flips;
      seen += read_progress(path).damaged_rows == 1;
    }
  }

  CHECK(flips > 2000);
  CHECK(seen == flips);
  CHECK(read_progress(path).damaged_rows == 0);
}

TEST_CASE("flipped bytes of the header, the structure and the fixed tables are refused") {
  const Folder folder;
  const auto path = folder / "a.h5";
  write_all(path, small_plan(), small_layout());
  std::vector<bool> changes(std::filesystem::file_size(path), false);
  for (const DataRange& range : check_file(path, Access::read).data)
    if (range.sha256.empty()) std::fill_n(changes.begin() + static_cast<std::ptrdiff_t>(range.offset), range.bytes, true);
  std::fill_n(changes.begin() + user_block + 20, 4, true);  // HDF5's flags of an open file
  std::size_t flips = 0, refused = 0;

  for (std::size_t i = 0; i < changes.size(); i += i < 1000 ? 1 : 7) {  // all of the header's text; a share of the rest, for time
    if (changes[i]) continue;
    const FlippedByte flipped(path, i, 1 << (i % 8));
    ++flips;
    refused += exit_code_of([&] { check_file(path, Access::write, true); }) == 2;
  }

  CHECK(flips > 3000);
  CHECK(refused == flips);
}

TEST_CASE("a resume checks the structure and the fixed tables") {
  const Folder folder;
  const auto path = folder / "a.h5";
  write_all(path, small_plan(), small_layout());
  const auto resume = [&] { return error_of([&] { check_resumable(path, small_plan(), some_run(), false); }); };

  CHECK(resume() == "");
  {
    const FlippedByte flipped(path, range_of(path, "/cells").first + 3, 1);
    CHECK(resume().find("table /cells is damaged") != std::string::npos);
  }
  {
    const FlippedByte flipped(path, user_block + 200, 1);
    CHECK(resume().find("the HDF5 structure differs from what espalier wrote") != std::string::npos);
  }
}

TEST_CASE("a run killed while it entered itself leaves a file that opens") {
  const Folder folder;
  const auto path = folder / "a.h5";
  write_all(path, small_plan(), small_layout());

  const FlippedByte flag(path, user_block + 20, 1);  // what HDF5 leaves behind

  CHECK(begin_run(path, some_run()) == 1);
  CHECK(read_progress(path).damaged_rows == 0);
}

TEST_CASE("truncated, emptied, zeroed, foreign and missing files are refused with one line") {
  const Folder folder;
  const auto path = folder / "a.h5";
  write_all(path, small_plan(), small_layout());
  const std::string good = read_bytes(path);
  const auto refused = [&](const std::string& bytes) {
    write_bytes(path, bytes);
    for (const auto& use : std::vector<std::function<void()>>{[&] { check_resumable(path, small_plan(), some_run(), true); },
                                                              [&] { read_progress(path); }, [&] { summarise(path); },
                                                              [&] { digest(path); }, [&] { exported(path); }})
      CHECK(exit_code_of(use) == 2);
    const std::string text = error_of([&] { digest(path); });
    CHECK(text.starts_with(path.string()));
    CHECK(text.find('\n') == std::string::npos);
    return text;
  };

  CHECK(refused("").find("not an espalier results file") != std::string::npos);
  CHECK(refused("some text that is no results file").find("not an espalier results file") != std::string::npos);
  CHECK(refused(std::string(good.size(), '\0')).find("not an espalier results file") != std::string::npos);
  CHECK(refused(good.substr(4096)).find("not an espalier results file") != std::string::npos);  // plain HDF5
  CHECK(refused(good.substr(0, good.size() / 2)).find("truncated") != std::string::npos);
  CHECK(refused(good.substr(0, good.size() - 1)).find("truncated") != std::string::npos);
  CHECK(refused(good.substr(0, 100)).find("damaged") != std::string::npos);
  CHECK(refused(good.substr(0, 4096) + std::string(good.size() - 4096, '\0')).find("damaged") != std::string::npos);
  std::string other = good;
  other.replace(other.find("\nformat 2"), 9, "\nformat 9");
  CHECK(refused(other).find("results format 9") != std::string::npos);
  std::filesystem::remove(path);
  CHECK(error_of([&] { digest(path); }).find("No such file") != std::string::npos);
  CHECK(error_of([&] { digest(folder / ""); }).find("is a folder") != std::string::npos);
}

TEST_CASE("random damage anywhere ends in a refusal or in rows to do, never in a crash") {
  const Folder folder;
  const auto path = folder / "a.h5";
  write_all(path, small_plan(), small_layout());
  const std::string good = read_bytes(path);
  const core::Stream stream(1, "damage");
  int surprises = 0;

  for (std::uint64_t i = 0; i < 300; ++i) {
    core::Random random = stream.random(i);
    std::string bad = good;
    const std::size_t from = random.below(bad.size()), length = 1 + random.below(random.coin(0.5) ? 8 : 3000);
    for (std::size_t k = from; k < std::min(from + length, bad.size()); ++k) bad[k] = static_cast<char>(random.bits());
    if (random.coin(0.1)) bad.resize(random.below(bad.size()));
    write_bytes(path, bad);
    for (const auto& use :
         std::vector<std::function<void()>>{[&] { read_progress(path); }, [&] { summarise(path); }, [&] { digest(path); },
                                            [&] { verify_checksums(path); }, [&] { grid_text(path); }}) {
      const int code = exit_code_of(use);
      surprises += code != -1 && code != 2;
    }
  }

  CHECK(surprises == 0);
}

TEST_CASE("a damaged model row is written whole again, its id included") {
  const Folder folder;
  const auto path = folder / "a.h5";
  const core::Plan plan = small_plan();
  write_all(path, plan, small_layout());
  const std::string whole = digest(path);
  std::string bad = read_bytes(path);
  bad[range_of(path, "/models").first] = 'X';  // the first letter of the first model's id
  write_bytes(path, bad);
  CHECK(digest(path) != whole);

  ResultsFile file(path, MPI_COMM_SELF, 0, plan, small_layout());
  file.write(0, some_model(small_layout(), 0));
  file.close();

  CHECK(read_progress(path).damaged_rows == 0);
  CHECK(digest(path) == whole);
}

}  // namespace espalier::record::test
