// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include "data/cache.hpp"

namespace espalier::data {

/// A read-only map of a whole file, which its owner unmaps; nothing when the file is not there, empty or cannot be mapped.
std::optional<Bytes> map_file(const std::filesystem::path& path);

/// Waits until no other process holds the lock of `folder`, and holds it as long as the result lives; nothing where the file
/// system has no such locks.
std::shared_ptr<const void> lock_folder(const std::filesystem::path& folder);

/// Makes the read-only file `path` of `pieces`, one after the other, at once: readers see nothing or all of it. An existing file
/// stays (another process was faster) unless `replace`. False when it cannot be written; `path` is then as it was.
bool write_file(const std::filesystem::path& path, std::span<const std::span<const std::uint8_t>> pieces, bool replace);

}  // namespace espalier::data
