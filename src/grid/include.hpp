// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "grid/document.hpp"

namespace espalier::grid {

/// A grid file with all that it includes.
struct Resolved {
  Node root;
  /// The file as it is. Where it includes files or names environment variables: a text with the same meaning that needs neither.
  std::string text;
};

/// Reads the files of `include: base.yaml` (or a list, relative to the file that includes them) and replaces ${NAME:-default} in
/// the names of data sets. A key of the file replaces that of an included one; in grid, train, evaluate and tail key by key.
/// Nothing when there are mistakes, which go to `problems`.
std::optional<Resolved> resolve(const std::string& text, const std::filesystem::path& path, const Limits& limits,
                                Problems& problems);

/// The bytes of a grid file. Throws core::UserError when it cannot be read.
std::string read_text(const std::filesystem::path& path, const Limits& limits);

}  // namespace espalier::grid
