// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>

#include "grid/problems.hpp"

namespace espalier::grid {

/// Refuses what no YAML reader should be given, of file number `file`: more than `bytes` bytes, control characters, invalid
/// UTF-8, and tabs as indentation. False when something was refused.
bool check_text(const std::string& text, std::size_t bytes, Problems& problems, int file);

}  // namespace espalier::grid
