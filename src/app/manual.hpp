// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

/// A text made from the command line's own description, so that it cannot fall behind it.
namespace espalier::app {

/// The page that `man espalier` shows (troff, man macros).
std::string manual_page(const CLI::App& app);

/// The commands, in the order of the help text.
std::vector<const CLI::App*> commands(const CLI::App& app);

}  // namespace espalier::app
