// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "grid/context.hpp"
#include "grid/decimal.hpp"
#include "grid/document.hpp"

namespace espalier::grid {

/// The map {from, to, step} of the axis `name`; without `default_step` the step must be given. What is wrong with it goes to
/// the problems; a range that does not meet its end is a remark.
std::optional<Range> read_range(const Node& map, const std::string& name, std::optional<double> default_step, Context& context);

/// Whether a range has a count instead of a step.
bool is_counted(const Node& map);

/// The values of {from, to, count, scale} of the axis `name`: from and to included, at equal differences (scale: linear, the
/// default) or ratios (log), rounded to six significant digits. Empty where something is wrong, which goes to the problems.
std::vector<double> read_counted_range(const Node& map, const std::string& name, Context& context);

}  // namespace espalier::grid
