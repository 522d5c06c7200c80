// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace espalier::core {

/// The candidate nearest to `word` by edit distance (insert, delete, replace, swap neighbours), empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace espalier::core
