// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace espalier::record {

/// A remark of a person in a results file. The digest, other rows and a resume do not depend on it.
struct Note {
  double written = 0;  ///< seconds since 1970
  std::string text{};  ///< UTF-8, of most_note_bytes at most; a file may hold anything
  auto operator<=>(const Note&) const = default;
};

inline constexpr std::size_t most_note_bytes = 500;

/// The notes of a file, the oldest first; none where the file has no room for notes. Works while a run is active.
/// Throws core::UserError for a foreign file.
std::vector<Note> read_notes(const std::filesystem::path& path);

/// Writes notes into free rows of /notes. Serial; the caller owns the file. Throws core::UserError when the file was created
/// without /notes, when it has too few free rows, or when another program changed its structure; nothing is written then.
void add_notes(const std::filesystem::path& path, const std::vector<Note>& notes);

}  // namespace espalier::record
