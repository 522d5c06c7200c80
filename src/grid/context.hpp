// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "espalier/core/kind.hpp"
#include "espalier/grid/grid.hpp"
#include "grid/problems.hpp"

namespace espalier::grid {

/// What every reader of a part of the file needs: the allowed, the bounds, and where to say what was noticed.
struct Context {
  const core::Schema& schema;
  const Limits& limits;
  Problems& problems;
  std::vector<std::string> remarks{};
  std::uint64_t spent = 0;  ///< values made so far from lists, ranges and products, so that memory stays bounded
  std::uint64_t outer = 1;  ///< product of the axes that are read already: what comes next is multiplied by it
  bool too_many = false;    ///< the bound was met: what was read is not complete

  /// Takes `count` values from the budget; else says so at `place` and gives false.
  bool spend(std::uint64_t count, Place place);
};

/// "the axes so far multiply to 20000000 cells, at most 10000000 are allowed"
std::string too_many_cells(std::uint64_t cells, const Limits& limits);

/// " (it belongs in 'evaluate')" for a key that another part of the file has; empty for an unknown key.
std::string home_of(const std::string& key, const core::Schema& schema);

/// Adds a problem for settings of `section` that some point of the grid needs and nothing gives.
void report_missing(std::vector<std::string> settings, const core::Kind& section, Place place, Context& context);

/// a * b, or the largest number when that is too large.
std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b);

}  // namespace espalier::grid
