// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/locate.hpp"

namespace espalier::data {

/// Bytes and what keeps them alive.
struct Bytes {
  std::span<const std::uint8_t> view;
  std::shared_ptr<const void> owner;
};

/// The four uncompressed files of a data set, and SHA-256 over all of them.
struct FourFiles {
  std::array<Bytes, 4> bytes;
  std::string sha256;
};

using Parts = std::array<std::vector<std::uint8_t>, 4>;

FourFiles in_memory(Parts parts);

/// The same from `folder`/NAME-KEY.cache, KEY by the content of `files`: a read-only map that all processes of a host share
/// through the page cache. The file is made from read() when it is not there or its SHA-256 does not fit; where it cannot be
/// written the bytes stay in memory. Never throws but for what read() throws.
FourFiles cached(const std::string& name, const Files& files, const std::filesystem::path& folder,
                 const std::function<Parts()>& read);

}  // namespace espalier::data
