// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "espalier/core/plan.hpp"

namespace espalier::app {

/// How two plans differ: "seed: 3 is new; train.epochs: 2 -> 3".
std::string differences(const core::Plan& before, const core::Plan& now);

/// Refuses to resume a results file with another plan than its own. Throws core::UserError that names the differences.
void check_same_plan(const std::string& file, const core::Plan& now);

}  // namespace espalier::app
