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

#include "data/layout.hpp"

namespace espalier::data {

/// Bytes and what keeps them alive.
struct Bytes {
  std::span<const std::uint8_t> view;
  std::shared_ptr<const void> owner;
};

/// The four parts of a data set as uncompressed IDX files, and SHA-256 over all of them.
struct FourFiles {
  std::array<Bytes, 4> bytes;
  std::string sha256;
};

FourFiles in_memory(Parts parts);

/// The same from `folder`/NAME-KEY.cache, KEY by what was found: a read-only map that all processes of a host share
/// through the page cache. The file is made from read() when it is not there or its SHA-256 does not fit; where it cannot be
/// written the bytes stay in memory. Never throws but for what read() throws.
FourFiles cached(const std::string& name, const Found& found, const std::filesystem::path& folder,
                 const std::function<Parts()>& read);

}  // namespace espalier::data
