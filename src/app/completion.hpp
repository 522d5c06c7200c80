// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace espalier::app {

/// Completion of commands, options and files, made from the command line's own description. `shell`: bash, zsh or fish.
std::string completion(const CLI::App& app, const std::string& shell);

}  // namespace espalier::app
