// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "data/cache.hpp"
#include "data/files.hpp"
#include "data/locate.hpp"
#include "espalier/core/sha256.hpp"
#include "espalier/data/dataset.hpp"

using namespace espalier;
using namespace espalier::data::test;
namespace fs = std::filesystem;

namespace {

const std::string content = images(7) + labels(7) + images(4, 100) + labels(4);

struct Setting {
  Folder folder;
  fs::path root = folder.path() / "data";
  fs::path cache = folder.path() / "deep" / "cache";

  Setting() { write_set(root, "some", ".gz"); }
  data::Dataset load() const { return data::load("some", std::vector{root}, cache); }
  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    if (fs::exists(cache))
      for (const auto& entry : fs::directory_iterator(cache)) found.push_back(entry.path());
    return found;
  }
};

void check_content(const data::Dataset& dataset) {
  CHECK(dataset.sha256 == core::sha256(content));
  CHECK(std::ranges::equal(dataset.train.pixels, std::string_view(content).substr(16, 42), {}, {},
                           [](char c) { return std::uint8_t(c); }));
  CHECK(dataset.test.pixels[23] == 123);
  CHECK(dataset.test.labels[2] == 2);
  CHECK(dataset.train.count == 7);
  CHECK(dataset.classes == 3);
}

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Replaces a read-only file.
void overwrite(const fs::path& path, const std::string& bytes) {
  fs::remove(path);
  write(path, bytes);
}

}  // namespace

TEST_CASE("A cache is one read-only file that holds the uncompressed files, and the next load uses it as it is") {
  const Setting setting;

  check_content(setting.load());

  REQUIRE(setting.files().size() == 1);
  const fs::path file = setting.files()[0];
  CHECK(bytes_of(file).ends_with(content));
  CHECK((fs::status(file).permissions() & (fs::perms::owner_write | fs::perms::others_write)) == fs::perms::none);
  const fs::path link = setting.folder.path() / "same file";
  fs::create_hard_link(file, link);
  check_content(setting.load());
  CHECK(fs::equivalent(setting.files().at(0), link));
}

TEST_CASE("Of several loads at once one converts the files and the others wait for its cache") {
  const Setting setting;
  const data::Location location = data::locate("some", std::vector{setting.root});
  std::atomic<int> conversions = 0;
  const auto read = [&] {
    ++conversions;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return location.layout->read(location.found);
  };

  std::vector<std::thread> loads;
  for (int i = 0; i < 4; ++i) loads.emplace_back([&] { data::cached("some", location.found, setting.cache, read); });
  for (std::thread& load : loads) load.join();

  CHECK(conversions == 1);
}

TEST_CASE("Loads share one map of the file, not copies: the bytes lie in a mapping of the cache file") {
  const Setting setting;
  const data::Dataset dataset = setting.load();
  const auto place = reinterpret_cast<std::uintptr_t>(dataset.train.pixels.data());

  std::ifstream maps("/proc/self/maps");
  std::string found;
  for (std::string line; std::getline(maps, line);) {
    const std::uintptr_t from = std::stoull(line, nullptr, 16), to = std::stoull(line.substr(line.find('-') + 1), nullptr, 16);
    if (from <= place && place < to) found = line;
  }

  CHECK(found.find(" r--s ") != std::string::npos);  // read-only, shared
  CHECK(found.ends_with(setting.files().at(0).filename().string()));
}

TEST_CASE("A cache file that is damaged anywhere is made again") {
  const Setting setting;
  setting.load();
  const fs::path file = setting.files().at(0);
  const std::string right = bytes_of(file);

  for (std::size_t place = 0; place < right.size(); ++place) {
    std::string wrong = right;
    wrong[place] = static_cast<char>(wrong[place] ^ 4);
    overwrite(file, wrong);
    check_content(setting.load());
    CHECK(bytes_of(file) == right);
  }
  for (const std::string& wrong : {std::string(), right.substr(0, 50), right.substr(0, right.size() - 1), right + "x"}) {
    overwrite(file, wrong);
    check_content(setting.load());
    CHECK(bytes_of(file) == right);
  }
  CHECK(setting.files().size() == 1);
}

TEST_CASE("A cache file whose sizes add up only by overflow is made again") {
  const Setting setting;
  setting.load();
  const fs::path file = setting.files().at(0);
  const std::string right = bytes_of(file);
  std::string wrong = right;
  constexpr std::size_t first_size = 16 + 64;  // after magic text and hash; 8 bytes each, their top bytes last on this machine
  wrong[first_size + 7] = wrong[first_size + 15] = '\x80';

  overwrite(file, wrong);

  check_content(setting.load());
  CHECK(bytes_of(file) == right);
}

TEST_CASE("A folder that cannot be made or written is no error") {
  Setting setting;
  write(setting.folder.path() / "file", "");
  setting.cache = setting.folder.path() / "file" / "cache";

  check_content(setting.load());

  setting.cache = "/proc/espalier";
  check_content(setting.load());
}

TEST_CASE("Where something else has the name of the cache file, the bytes stay in memory") {
  const Setting setting;
  setting.load();
  const fs::path file = setting.files().at(0);
  fs::remove(file);
  write(file / "inside", "");  // a folder

  check_content(setting.load());

  CHECK(setting.files().size() == 1);  // no temporary file is left
}

TEST_CASE("Other files under the same name have a cache of their own") {
  const Setting setting;
  setting.load();
  write(setting.root / "some" / "t10k-images-idx3-ubyte.gz", gzip(images(4, 50)));

  const data::Dataset changed = setting.load();

  CHECK(changed.test.pixels[0] == 50);
  CHECK(setting.files().size() == 2);
}

TEST_CASE("A broken data set leaves no cache file") {
  const Setting setting;
  write(setting.root / "some" / "t10k-images-idx3-ubyte.gz", gzip(images(4, 50)).substr(0, 30));

  CHECK(mistake([&] { setting.load(); }).find("ends early") != std::string::npos);
  CHECK(setting.files().empty());
}

TEST_CASE("Loads at the same moment all succeed and leave one file") {
  const Setting setting;
  std::vector<data::Dataset> loaded(8);
  {
    std::vector<std::jthread> threads;
    for (auto& dataset : loaded) threads.emplace_back([&setting, &dataset] { dataset = setting.load(); });
  }

  for (const auto& dataset : loaded) check_content(dataset);
  CHECK(setting.files().size() == 1);
}

TEST_CASE("The cache folder follows the XDG base directories") {
  CHECK(data::cache_folder("/x", "/me") == "/x/espalier");
  CHECK(data::cache_folder("", "/me") == "/me/.cache/espalier");
  CHECK(data::cache_folder(nullptr, "/me") == "/me/.cache/espalier");
  CHECK(data::cache_folder("relative", "/me") == "/me/.cache/espalier");
  CHECK(data::cache_folder(nullptr, nullptr).empty());
}
