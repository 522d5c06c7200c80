// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fmt/core.h>

#include <cstdio>
#include <utility>

namespace espalier::app {

/// Prints to a standard stream. A closed terminal or pipe is not an error here: a run outlives it, and program() reports what
/// other commands could not write to standard output.
template <typename... Args>
void print_to(std::FILE* stream, fmt::format_string<Args...> format, Args&&... args) {
  const std::string text = fmt::format(format, std::forward<Args>(args)...);
  std::fwrite(text.data(), 1, text.size(), stream);
}

/// Opens /dev/null for each standard stream that is closed, so that no results file gets its descriptor.
void open_standard_streams();

/// Whether everything that was printed to standard output arrived there.
bool flush_standard_output();

}  // namespace espalier::app
