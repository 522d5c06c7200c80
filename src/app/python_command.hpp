// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "app/options.hpp"
#include "espalier/core/error.hpp"

namespace CLI {
class App;
}

/// The commands that the Python package carries out: report, plot, contact-sheet, export-model.
namespace espalier::app {

void add_python_commands(CLI::App& app, Options& options);
bool is_python_command(const std::string& name);

/// Replaces this process by Python with `options.arguments`. Returns only by an exception: core::UserError where there is no
/// Python.
[[noreturn]] void python_command(const Options& options);

}  // namespace espalier::app
