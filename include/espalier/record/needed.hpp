// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "espalier/core/rows.hpp"

namespace espalier::record {

/// A metric of every cell, by its place in core::metrics; NaN where the cell is not done. Serial; works while a run is active.
std::vector<double> read_metric(const std::filesystem::path& path, std::size_t metric);

/// Whether the grid of the file has `until`.
bool has_until(const std::filesystem::path& path);

/// Per row: whether it is needed.
using Needed = core::PerTable<std::vector<bool>>;

/// Gives pending rows that are not needed that status, and makes rows that are needed after all pending again. Serial; the caller
/// owns the file. May be killed and called again.
void mark_not_needed(const std::filesystem::path& path, const Needed& needed);

}  // namespace espalier::record
