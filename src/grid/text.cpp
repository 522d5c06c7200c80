// SPDX-License-Identifier: BSD-3-Clause
#include "grid/text.hpp"

#include <fmt/core.h>

#include <string_view>

namespace espalier::grid {
namespace {

/// The bytes that may follow the first one of a UTF-8 character: the bounds of the second one leave out overlong forms, encoded
/// surrogates and what is beyond U+10FFFF [RFC 3629].
struct Form {
  std::size_t length = 0;
  unsigned char low = 0x80, high = 0xBF;
};

Form form_of(unsigned char first) {
  if (first < 0x80) return {1};
  if (first < 0xC2 || first > 0xF4) return {0};
  if (first < 0xE0) return {2};
  const unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  return {first < 0xF0 ? 3U : 4U, low, high};
}

/// Bytes of the UTF-8 character that starts at `at`; 0 when there is none.
std::size_t character_length(std::string_view text, std::size_t at) {
  const Form form = form_of(static_cast<unsigned char>(text[at]));
  if (form.length == 0 || at + form.length > text.size()) return 0;
  for (std::size_t i = 1; i < form.length; ++i) {
    const auto c = static_cast<unsigned char>(text[at + i]);
    if (c < (i == 1 ? form.low : 0x80) || c > (i == 1 ? form.high : 0xBF)) return 0;
  }
  return form.length;
}

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
    const std::size_t length = character_length(text, i);
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
