// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace CLI {
class App;
}

/// Texts made from the command line's own description, so that they cannot fall behind it.
namespace espalier::app {

/// The page that `man espalier` shows (troff, man macros).
std::string manual_page(const CLI::App& app);

/// Completion of commands, options and files for bash; zsh reads it after bashcompinit.
std::string bash_completion(const CLI::App& app);

}  // namespace espalier::app
