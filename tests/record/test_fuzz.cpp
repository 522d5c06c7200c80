// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <sstream>

#include "espalier/core/random.hpp"
#include "espalier/record/activity.hpp"
#include "espalier/record/export.hpp"
#include "espalier/record/verify.hpp"
#include "fuzz.hpp"
#include "record/file/header.hpp"
#include "record/rows/table.hpp"
#include "support.hpp"

namespace espalier::record::test {
namespace {

/// A small finished file, the ranges of its tables, and how it gets broken.
class Breaker {
 public:
  explicit Breaker(const std::filesystem::path& path) : good_(read_bytes(path)), data_(check_file(path, Access::read).data) {}

  std::string broken(core::Random& random) const {
    std::string file = good_;
    switch (random.below(5)) {
      case 0:
        break_anywhere(file, random);
        break;
      case 1:
        file.resize(random.below(file.size()));
        break;
      case 2:
        break_header(file, random);
        break;
      default:
        break_rows(file, random);
    }
    return file;
  }

 private:
  static void overwrite(std::string& file, std::size_t from, std::size_t length, core::Random& random) {
    const std::array fills{'\0', '\xff', '\x7f', static_cast<char>(random.bits())};
    const char fill = fills[random.below(fills.size())];
    const bool noise = random.coin(0.5);
    for (std::size_t i = from; i < std::min(from + length, file.size()); ++i)
      file[i] = noise ? static_cast<char>(random.bits()) : fill;
  }

  static void break_anywhere(std::string& file, core::Random& random) {
    overwrite(file, random.below(file.size()), 1 + random.below(random.coin(0.5) ? 8 : 3000), random);
  }

  /// The header's text changed, and its checksum with it: numbers that are anything, lines that are gone or there twice.
  static void break_header(std::string& file, core::Random& random) {
    std::string text = file.substr(0, file.find("end "));
    for (std::uint64_t edits = 1 + random.below(3); edits > 0; --edits) {
      const std::size_t at = text.find_first_of("0123456789", random.below(text.size()));
      const std::size_t end = text.find_first_not_of("0123456789", at);
      const std::size_t line = text.find('\n', random.below(text.size())), next = text.find('\n', line + 1);
      constexpr std::array numbers{"0", "1", "4096", "18446744073709551615", "9223372036854775807", "-1", "1e9", ""};
      if (random.coin(0.7) && end != std::string::npos)
        text.replace(at, end - at, numbers[random.below(numbers.size())]);
      else if (next != std::string::npos && random.coin(0.5))
        text.erase(line, next - line);
      else if (next != std::string::npos)
        text.insert(line, text.substr(line, next - line));
    }
    std::array<char, 16> seal{};
    std::snprintf(seal.data(), seal.size(), "end %08x\n", crc32(std::as_bytes(std::span(text))));
    text += seal.data();
    text.resize(user_block, '\0');
    file.replace(0, user_block, text);
  }

  /// Numbers of the tables, also of those that never change and that no reader but a resume compares with their checksum.
  void break_rows(std::string& file, core::Random& random) const {
    for (std::uint64_t edits = 1 + random.below(4); edits > 0; --edits) {
      const DataRange& range = data_[random.below(data_.size())];
      if (range.bytes > 0) overwrite(file, range.offset + random.below(range.bytes), 1 + random.below(16), random);
    }
  }

  std::string good_;
  std::vector<DataRange> data_;
};

/// The small plan with a tail beside its fit.
core::Plan plan_with_tail() {
  core::Plan plan = small_plan();
  plan.tails.push_back({"tail-a", 0, 0, plan.cells[1].noise});
  return plan;
}

/// Every row of every table done.
void write_everything(const std::filesystem::path& path, const core::Plan& plan) {
  write_all(path, plan, small_layout());
  ResultsFile file(path, MPI_COMM_SELF, 0, plan, small_layout());
  core::FitResult fit;
  fit.status = core::Status::done;
  fit.spectrum.assign(3, 0.5);  // model 0 has 3 hidden neurons
  fit.vectors.assign(9, 0.25);
  file.write(0, fit);
  core::TailResult tail;
  tail.status = core::Status::done;
  tail.weights.assign(8, 0.125F);  // 3 x 2 weights and 2 biases
  file.write(0, tail);
  file.close();
}

}  // namespace

TEST_CASE("Broken results files are refused in one line or their broken rows are to do, whatever opens them") {
  const Folder folder;
  const auto path = folder / "a.h5";
  const core::Plan plan = plan_with_tail();
  write_everything(path, plan);
  const Breaker breaker(path);
  const std::vector<std::function<void()>> uses{
      [&] { read_progress(path); },
      [&] { summarise(path); },
      [&] { digest(path); },
      [&] { verify_checksums(path); },
      [&] { grid_text(path); },
      [&] { read_activity(path, 1.7e9, 60); },
      [&] {
        std::ostringstream out;
        export_table(path, {.form = TableForm::json}, out);
      },
      [&] { check_resumable(path, plan, some_run(), false); },
      [&] { count_crashes(path); },
      [&] { begin_run(path, some_run()); },
      [&] { RowReader(path).read<core::ModelResult>(0); },
      [&] { RowReader(path).read<core::FitResult>(0); },
      [&] { RowReader(path).read<core::TailResult>(0); },
  };
  const std::uint64_t cases = espalier::test::fuzz_cases(1000);
  const core::Stream stream(20260225, "fuzz", "results");
  const long before = espalier::test::peak_kilobytes();
  std::uint64_t accepted = 0;

  for (std::uint64_t i = 0; i < cases; ++i) {
    core::Random random = stream.random(i);
    write_bytes(path, breaker.broken(random));
    const std::size_t use = random.below(uses.size());
    CAPTURE(i);
    CAPTURE(use);
    const int code = exit_code_of(uses[use]);
    CHECK((code == -1 || code == 2));
    accepted += code == -1;
  }

  MESSAGE(accepted, " of ", cases, " broken files were read");
  CHECK(accepted > cases / 10);  // broken rows are no reason to refuse a file: else the mutations are too wild
  CHECK(accepted < cases * 9 / 10);
  CHECK(espalier::test::peak_kilobytes() - before < 512 * 1024);  // files have 30 kB; sanitizers keep freed memory for a while
}

}  // namespace espalier::record::test
