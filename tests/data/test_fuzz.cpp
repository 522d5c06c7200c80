// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "data/files.hpp"
#include "data/formats.hpp"
#include "data/idx.hpp"
#include "espalier/core/error.hpp"
#include "espalier/core/random.hpp"
#include "espalier/data/dataset.hpp"
#include "fuzz.hpp"

using namespace espalier;
using namespace espalier::data::test;
using data::Content;

namespace {

/// One to three random edits: bytes changed, cut out, doubled or added, the end cut off, a header field set to a large number.
std::string mutated(std::string file, core::Random& random) {
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random.below(n)); };
  for (std::size_t edits = 1 + below(3); edits > 0; --edits) {
    const std::size_t at = below(file.size() + 1), length = std::min(file.size() - at, 1 + below(20));
    switch (below(6)) {
      case 0:
        if (at < file.size()) file[at] = static_cast<char>(below(256));
        break;
      case 1:
        file.erase(at, length);
        break;
      case 2:
        file.insert(at, file.substr(at, length));
        break;
      case 3:
        file.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 4:
        file.resize(at);
        break;
      default:
        if (const std::size_t field = 4 * below(4); field + 4 <= file.size())
          for (std::size_t i = 0; i < 1 + below(4); ++i) file[field + i] = static_cast<char>(below(256));
    }
  }
  return file;
}

/// A file of 1 to 60 images or labels, plain or gzip, mutated before or after the compression.
std::string broken_file(Content content, core::Random& random) {
  const auto count = static_cast<std::uint32_t>(1 + random.below(60));
  const std::string file = content == Content::images ? images(count) : labels(count);
  switch (random.below(4)) {
    case 0:
      return mutated(file, random);
    case 1:
      return mutated(gzip(file), random);
    case 2:
      return mutated(gzip(mutated(file, random)), random);
    default:
      return gzip(mutated(file, random));
  }
}

/// True when the file is read and is as large as its header says, false when it is refused in the right way.
bool accepts(const std::string& file, Content content) {
  std::istringstream in(file), again(file);
  std::vector<std::uint8_t> bytes;
  try {
    bytes = data::read_idx(in, content, "file");
  } catch (const core::UserError& error) {
    CHECK(std::string(error.what()).starts_with("file: "));
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
    return false;
  }
  CHECK(data::parse_header(bytes, content, "file").file_bytes == bytes.size());
  CHECK(data::read_header(again, content, "file").file_bytes == bytes.size());
  return true;
}

}  // namespace

TEST_CASE("Broken IDX files are read as they are or refused in one line, and take no more memory than they can fill") {
  const core::Stream stream(20260225, "fuzz", "idx");
  const std::uint64_t cases = espalier::test::fuzz_cases(4000);
  const long before = espalier::test::peak_kilobytes();
  std::uint64_t accepted = 0;

  for (std::uint64_t i = 0; i < cases; ++i) {
    core::Random random = stream.random(i);
    const Content content = random.coin(0.7) ? Content::images : Content::labels;
    const std::string file = broken_file(content, random);
    CAPTURE(i);
    CHECK_NOTHROW(accepted += accepts(file, content) ? 1 : 0);
  }

  CHECK(accepted > cases / 50);  // changed pixels are no error; the share shows that not every case fails at its first byte
  CHECK(accepted < cases / 2);
  // Headers promise up to 2^56 bytes. Files have below 1 kB, so a reader may take 1 MB; sanitizers keep freed memory for a while.
  CHECK(espalier::test::peak_kilobytes() - before < 512 * 1024);
}

TEST_CASE(
    "Broken .npz, PNG and CIFAR files are read or refused in one line with their path, and take no more memory than they can "
    "fill") {
  const core::Stream stream(20260225, "fuzz", "layouts");
  const std::uint64_t cases = espalier::test::fuzz_cases(1500);
  const long before = espalier::test::peak_kilobytes();
  const Folder folder;
  const std::filesystem::path root = folder.path(), classes = root / "classes", cifar_set = root / "cifar";
  write_png_set(classes);
  write(cifar_set / "train.bin", cifar({"\1\2", "\1\3"}));
  std::uint64_t accepted = 0;

  for (std::uint64_t i = 0; i < cases; ++i) {
    core::Random random = stream.random(i);
    CAPTURE(i);
    const std::string name = random.coin(0.5) ? "archive" : random.coin(0.7) ? "classes" : "cifar";
    if (name == "archive")
      write(root / "archive.npz", mutated(zip(npz_members(), random.coin(0.5)), random));
    else if (name == "classes")
      write(classes / "train" / "b" / "1.png", mutated(png(2, 3, 1, counting(6), static_cast<int>(i)), random));
    else
      write(cifar_set / "test.bin", mutated(cifar({"\1\2"}), random));
    try {
      accepted += data::load(name, std::vector{root}).train.count > 0 ? 1 : 0;
    } catch (const core::UserError& error) {
      CHECK(std::string(error.what()).starts_with(root.string()));
      CHECK(std::string(error.what()).find('\n') == std::string::npos);
    }
  }

  CHECK(accepted > cases / 100);
  CHECK(accepted < cases / 2);
  CHECK(espalier::test::peak_kilobytes() - before < 512 * 1024);
}
