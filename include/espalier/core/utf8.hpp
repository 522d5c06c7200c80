// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace espalier::core {

/// Bytes of the UTF-8 character that starts at byte `at` of `text`; 0 when there is none [RFC 3629].
std::size_t character_length(std::string_view text, std::size_t at);

/// `text` as one line for a terminal: tabs and line breaks become spaces. What is not UTF-8, control characters, and marks that
/// reorder the text around them become U+FFFD.
std::string one_line(std::string_view text);

}  // namespace espalier::core
