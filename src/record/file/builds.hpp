// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>

#include "espalier/record/schema.hpp"
#include "record/rows/store.hpp"

namespace espalier::record {

/// Version, revision and flags of the last run that wrote the file, or of its creator when none did.
RunInfo last_build(const Store& store);

/// Throws core::UserError that names the difference between the two builds.
void check_build(const std::filesystem::path& path, const RunInfo& last, const RunInfo& now);

}  // namespace espalier::record
