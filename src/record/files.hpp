#pragma once

// What creation asks of the file system.

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace espalier::record {

/// Throws core::UserError when the folder of `path` is missing or not writable, or `path` is there already.
void check_folder(const std::filesystem::path& path);

/// The name of a kind of file system (`f_type` of statfs) whose clients keep what they read and write for themselves for a while;
/// empty for all others. What FUSE hides cannot be known: it is counted among them.
std::string_view incoherent(std::uint32_t magic);

/// Throws core::UserError with both numbers when less than `needed` bytes are available in the folder of `path`.
void check_space(const std::filesystem::path& path, std::uint64_t needed);

/// Reserves the blocks of a file that may have holes, so that a full disk shows now, and brings it to the disk.
/// `final_name` is the name for messages.
void reserve_and_sync(const std::filesystem::path& file, const std::filesystem::path& final_name);

/// Throws core::UserError when `to` exists.
void rename_exclusively(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace espalier::record
