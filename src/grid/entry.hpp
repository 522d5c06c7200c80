// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "grid/choices.hpp"

namespace espalier::grid {

/// The choices of one entry of `axis`: a name or a map. What collapses within the entry is there several times.
std::vector<Choice> read_entry(const Node& node, const ChoiceAxis& axis, Context& context);

}  // namespace espalier::grid
