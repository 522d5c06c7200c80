// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>

namespace espalier::record {

/// Writes a file that appears complete or not at all: under a temporary name beside it, then renamed; an existing file is
/// replaced only by a complete one. "-" is standard output; pipes and devices are written directly.
/// Throws core::UserError when the file cannot be created, core::Error(broken) when it cannot be written to its end.
void write_output(const std::filesystem::path& out, const std::function<void(std::ostream&)>& write);

}  // namespace espalier::record
