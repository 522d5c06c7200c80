// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "espalier/core/plan.hpp"
#include "grid/axes.hpp"
#include "grid/exclusion.hpp"
#include "grid/until.hpp"

namespace espalier::grid {

/// What is the same for the whole file.
struct Header {
  std::string name;
  std::uint64_t seed = 0;
  Place grid;  ///< of the section
};

/// Fills the plan's models, fits, tails, cells, groups, hash and remarks from axes without mistakes.
core::Plan make_plan(const Header& header, const std::vector<Axis>& axes, const Sections& sections,
                     const std::vector<Rule>& rules, const std::optional<UntilRule>& until, Context& context);

/// What each axis contributes, for people.
std::vector<core::AxisSummary> summarise(const std::vector<Axis>& axes);

}  // namespace espalier::grid
