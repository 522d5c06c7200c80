// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "data/layout.hpp"

namespace espalier::data {

/// A data set and how to read it.
struct Location {
  const Layout* layout = nullptr;
  Found found;
};

/// Data set `name`: the folder ROOT/NAME or the file ROOT/NAME.npz of the first root that has one of them. Throws core::UserError
/// when no root has (with everything that was searched and what to do), when a root has both, and when the folder does not hold
/// one complete data set in one layout (with the names that are needed and those that were found).
Location locate(const std::string& name, std::span<const std::filesystem::path> roots);

}  // namespace espalier::data
