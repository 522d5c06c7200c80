// SPDX-License-Identifier: BSD-3-Clause
#include "grid/text.hpp"

#include <fmt/core.h>

#include "espalier/core/utf8.hpp"

namespace espalier::grid {
namespace {

bool is_control(unsigned char c) { return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F; }

}  // namespace

bool check_text(const std::string& text, std::size_t bytes, Problems& problems, int file) {
  if (text.size() > bytes) {
    problems.add({1, 1, file}, fmt::format("the file is larger than {} bytes, the maximum for a grid file", bytes));
    return false;
  }
  bool fine = true;
  bool indenting = true;
  Place place{1, 1, file};
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t length = core::character_length(text, i);
    if (length == 0 || is_control(c)) {
      problems.add(place, fmt::format("byte 0x{:02x} is not valid UTF-8 text", c));
      return false;
    }
    if (c == '\t' && indenting) {
      problems.add(place, "a tab at the start of a line; indent with spaces");
      fine = false;
    }
    indenting = c == '\n' || (indenting && c == ' ');
    place = c == '\n' ? Place{place.line + 1, 1, file} : Place{place.line, place.column + 1, file};
    i += length;
  }
  return fine;
}

}  // namespace espalier::grid
