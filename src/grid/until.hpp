// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "espalier/core/plan.hpp"
#include "grid/axes.hpp"

namespace espalier::grid {

/// What `until` of the seeds says.
struct UntilRule {
  core::Until until;
  Place place;
  std::vector<std::pair<std::size_t, std::size_t>> against{};  ///< number of an axis, and of its value in the second cell
};

/// The map `until` within the seeds; null: there is none.
const Node* find_until(const Node& seeds);
/// The seeds without it.
Node without_until(const Node& seeds);

/// Reads `until`; nothing where the seeds have none, or it is wrong, which goes to the problems.
std::optional<UntilRule> read_until(const Layout& layout, const std::vector<Axis>& axes, const std::vector<AxisKind>& kinds,
                                    Context& context);

}  // namespace espalier::grid
