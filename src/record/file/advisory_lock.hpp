// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// Advisory locks of open files, as the file system answers them.

#include <filesystem>

namespace espalier::record {

/// How a file system answers a request for a lock.
enum class Answer { granted, held_by_other, no_locks };

/// Takes the flock of an open lock file. Throws core::UserError for any error but the lack of locks.
Answer take_flock(int descriptor, const std::filesystem::path& file);

/// Sets an open-file-description lock of one byte at an offset that no file of ours reaches, so that no file system mistakes it
/// for a flock: F_WRLCK (one holder) or F_RDLCK (many). Throws like take_flock().
Answer set_shared_lock(int descriptor, short type, const std::filesystem::path& file);

/// Whether a process holds the shared lock of this open file; `known` is false where the file system cannot tell.
struct Probe {
  bool known = false, held = false;
};
Probe probe_shared_lock(int descriptor);

}  // namespace espalier::record
