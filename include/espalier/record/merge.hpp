// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "espalier/record/schema.hpp"

namespace espalier::record {

/// What take_over() did: the rows that it copied.
struct ImportReport : core::PerTable<std::size_t> {
  std::size_t agreed = 0;  ///< rows that both files had, with equal bits
  /// Rows of `from` whose CRC does not match, left out: "cell 0123456789abcdef (row 7 of /results)".
  std::vector<std::string> damaged{};
};

/// Refuses to take rows from `from` when it was made by another build, or when a data set of the same name had other content.
/// Throws core::UserError that names the difference; `accept_build_change` lets another build pass.
void check_reusable(const std::filesystem::path& from, const RunInfo& run, bool accept_build_change);

/// Copies the finished cells, models, fits and tails of `from` that have the same id in `into` and are to do there, with their
/// run. Failed ones too when `failed` says so. Throws core::Error(disagree) naming the id when both files hold it with different
/// bits; nothing of `into` is overwritten. Serial; nobody else may write `into`.
ImportReport take_over(const std::filesystem::path& into, const std::filesystem::path& from, bool failed = false);

/// Joins shards into the new file `out` of the whole plan. All shards must be of one build and one data content.
/// Filled under a temporary name, then renamed: `out` is there when it is complete. The caller owns it. The damaged rows name
/// their file. Throws like create(), check_reusable() and take_over().
ImportReport merge(const std::filesystem::path& out, const std::vector<std::filesystem::path>& shards, const core::Plan& plan,
                   const Layout& layout, const RunInfo& made_by, bool accept_build_change = false);

}  // namespace espalier::record
