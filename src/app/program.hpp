// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "app/commands.hpp"

namespace espalier::app {

/// The whole program: reads the command line, runs the command, answers the exit code.
int program(int argc, const char* const* argv, const StoreFilter& filter = {});

}  // namespace espalier::app
