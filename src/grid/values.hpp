// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "espalier/core/kind.hpp"
#include "grid/context.hpp"
#include "grid/document.hpp"

namespace espalier::grid {

/// What `parameter` may be, for "must be ...": "a number from 0 to 1", "true or false", "one of linf, l2".
std::string allowed(const core::Parameter& parameter);

/// The one value that `node` gives `parameter` (not of Type::nested); a mistake is added to the problems.
std::optional<core::Value> read_value(const Node& node, const core::Parameter& parameter, Context& context);

/// What an axis may say.
struct AxisForm {
  std::optional<double> default_step{};  ///< of a range; without it a range must give its step
  bool may_repeat = false;               ///< values can be given twice
};

/// The values of an axis: a scalar, a list (of scalars and ranges), or a range {from, to, step}. A value of Type::numbers or
/// Type::maps is a list; a list of lists is several. Not for Type::nested.
std::vector<core::Value> read_axis(const Node& node, const core::Parameter& parameter, Context& context,
                                   const AxisForm& form = {});

/// `node` as a list: its items, or the node itself; an empty list and nothing are mistakes ("'name' is empty").
std::vector<const Node*> as_list(const Node& node, const std::string& name, Context& context);

/// The text of a value where it is compared: a word as it is, everything else canonical.
std::string text_of(const core::Value& value);

}  // namespace espalier::grid
