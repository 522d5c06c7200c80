// SPDX-License-Identifier: BSD-3-Clause
#include "data/cache.hpp"

#include <fmt/core.h>

#include <cstring>
#include <fstream>
#include <optional>

#include "data/mapped_file.hpp"
#include "espalier/core/sha256.hpp"
#include "espalier/data/dataset.hpp"

namespace espalier::data {
namespace {

/// Start of a cache file; the four files follow. The native byte order is right: the file never leaves its machine.
struct Header {
  std::array<char, 16> magic{'e', 's', 'p', 'a', 'l', 'i', 'e', 'r', ' ', 'd', 'a', 't', 'a', ' ', '1', '\n'};
  std::array<char, 64> sha256{};  ///< of all that follows the header
  std::array<std::uint64_t, 4> size{};
};
static_assert(sizeof(Header) == 112);

std::string sha256_of(std::span<const std::uint8_t> bytes) {
  core::Sha256 hash;
  hash.add(std::as_bytes(bytes));
  return hash.hex();
}

/// Hash of the files as they are on the disk; empty when one cannot be read.
std::string content_key(const Found& found) {
  core::Sha256 hash;
  hash.add(found.names);
  for (const auto& path : found.files) {
    const auto bytes = map_file(path);
    if (!bytes) return {};
    hash.add(fmt::format("{}\n", bytes->view.size()));
    hash.add(std::as_bytes(bytes->view));
  }
  return hash.hex();
}

/// The files in a cache file, or nothing when it is not there or not as it was written.
std::optional<FourFiles> open_cache(const std::filesystem::path& path) {
  const auto file = map_file(path);
  if (!file || file->view.size() < sizeof(Header)) return {};
  Header header;
  std::memcpy(&header, file->view.data(), sizeof header);
  const auto content = file->view.subspan(sizeof header);
  FourFiles parts;
  parts.sha256 = sha256_of(content);
  if (header.magic != Header{}.magic || parts.sha256 != std::string_view(header.sha256.data(), header.sha256.size())) return {};
  std::size_t place = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    if (header.size[i] > content.size() - place) return {};
    parts.bytes[i] = {content.subspan(place, header.size[i]), file->owner};
    place += header.size[i];
  }
  if (place != content.size()) return {};
  return parts;
}

bool write_cache(const std::filesystem::path& path, const FourFiles& parts, bool replace) {
  Header header;
  std::memcpy(header.sha256.data(), parts.sha256.data(), header.sha256.size());
  std::array<std::uint8_t, sizeof header> start{};
  for (std::size_t i = 0; i < 4; ++i) header.size[i] = parts.bytes[i].view.size();
  std::memcpy(start.data(), &header, sizeof header);
  const std::array<std::span<const std::uint8_t>, 5> pieces{start, parts.bytes[0].view, parts.bytes[1].view, parts.bytes[2].view,
                                                            parts.bytes[3].view};
  return write_file(path, pieces, replace);
}

}  // namespace

std::filesystem::path cache_folder(const char* xdg_cache_home, const char* home) {
  const auto given = [](const char* text) {
    return text != nullptr && *text == '/';
  };  // others are to be ignored [XDG Base Directory]
  if (given(xdg_cache_home)) return std::filesystem::path(xdg_cache_home) / "espalier";
  if (given(home)) return std::filesystem::path(home) / ".cache" / "espalier";
  return {};
}

FourFiles in_memory(Parts parts) {
  FourFiles files;
  core::Sha256 hash;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto owner = std::make_shared<const std::vector<std::uint8_t>>(std::move(parts[i]));
    hash.add(std::as_bytes(std::span(*owner)));
    files.bytes[i] = {*owner, owner};
  }
  files.sha256 = hash.hex();
  return files;
}

FourFiles cached(const std::string& name, const Found& found, const std::filesystem::path& folder,
                 const std::function<Parts()>& read) {
  const std::string key = content_key(found);
  if (key.empty()) return in_memory(read());
  const auto path = folder / fmt::format("{}-{}.cache", name, key.substr(0, 32));
  if (auto files = open_cache(path)) return *std::move(files);
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  const auto lock = lock_folder(folder);  // one process of a host converts the data; the others wait, and take no memory for it
  if (auto files = open_cache(path)) return *std::move(files);
  const bool damaged = std::filesystem::exists(path, ignored);
  FourFiles parts = in_memory(read());
  if (write_cache(path, parts, damaged))
    if (auto files = open_cache(path)) return *std::move(files);
  return parts;
}

}  // namespace espalier::data
