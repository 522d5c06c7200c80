// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include "espalier/core/plan.hpp"

namespace espalier::app {

/// The plan with only the cells that `kept` accepts, and the models, fits and tails that they need. The hash stays.
core::Plan subset_of(const core::Plan& plan, const std::function<bool(const core::Cell&)>& kept);

}  // namespace espalier::app
