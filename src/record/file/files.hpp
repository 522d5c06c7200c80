// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// What a results file needs from the file system: its real name, space, and renaming without overwriting.

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace espalier::record {

/// The file that `path` names: symbolic links in its last component are followed, also to a file that does not exist yet. All
/// names that differ only in their folders' spelling then lead to the same folder entry.
/// Throws core::UserError when the links form a cycle.
std::filesystem::path resolved(const std::filesystem::path& path);

/// A file beside `path` that belongs to it: its name with `suffix` appended. A name that would exceed the file system's limit of
/// 255 bytes is shortened and made unique by a hash.
std::filesystem::path companion(const std::filesystem::path& path, std::string_view suffix);

/// Throws core::UserError when the file's name is longer than a folder entry may be.
void check_name(const std::filesystem::path& path);

/// Throws core::UserError when `path` cannot be created: it exists, or its folder is missing or not writable.
void check_folder(const std::filesystem::path& path);

/// The name of a kind of file system (`f_type` of statfs) whose clients cache reads and writes for a while; empty for all
/// others. FUSE can hide any file system and is listed.
std::string_view incoherent(std::uint32_t magic);

/// Throws core::UserError with both numbers when less than `needed` bytes are available in the folder of `path`.
void check_space(const std::filesystem::path& path, std::uint64_t needed);

/// Reserves the blocks of a file that may have holes, so that a full disk shows now, and syncs it to the disk.
/// `final_name` is the name for messages.
void reserve_and_sync(const std::filesystem::path& file, const std::filesystem::path& final_name);

/// Throws core::UserError when `to` exists.
void rename_exclusively(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace espalier::record
