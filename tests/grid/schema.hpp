// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "espalier/core/kind.hpp"
#include "espalier/grid/grid.hpp"

namespace espalier::grid::test {

/// A small schema with one of everything that the grid stage must handle.
core::Schema schema();

/// The plan of `text`, called "grid.yaml".
core::Plan plan_of(const std::string& text);

/// The messages for a file with mistakes; "" when there are none.
std::string mistakes_in(const std::string& text, const Limits& limits = {});

/// A file without mistakes around the lines of `grid`, each indented by two spaces already; `rest` follows at top level.
std::string file_with(const std::string& grid, const std::string& rest = "");

}  // namespace espalier::grid::test
