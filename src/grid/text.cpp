#include "grid/text.hpp"

#include <fmt/core.h>

#include <string_view>

namespace espalier::grid {
namespace {

bool is_continuation(unsigned char c) { return (c & 0xC0) == 0x80; }

/// Bytes of the UTF-8 character that starts at `at`; 0 when there is none [RFC 3629, overlong forms of 3 and 4 bytes not looked
/// for].
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto c = static_cast<unsigned char>(text[at]);
  const std::size_t length = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xF0 && c < 0xF5 ? 4 : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(static_cast<unsigned char>(text[at + i]))) return 0;
  }
  return length;
}

bool is_control(unsigned char c) { return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F; }

}  // namespace

bool check_text(const std::string& text, std::size_t bytes, Problems& problems) {
  if (text.size() > bytes) {
    problems.add({}, fmt::format("the file is larger than {} bytes, the most that a grid file may have", bytes));
    return false;
  }
  bool fine = true;
  bool indenting = true;
  Place place;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t length = character_length(text, i);
    if (length == 0 || is_control(c)) {
      problems.add(place, fmt::format("byte 0x{:02x} does not belong into a text file (UTF-8 is expected)", c));
      return false;
    }
    if (c == '\t' && indenting) {
      problems.add(place, "a tab at the start of a line: indent with spaces");
      fine = false;
    }
    indenting = c == '\n' || (indenting && c == ' ');
    place = c == '\n' ? Place{place.line + 1, 1} : Place{place.line, place.column + 1};
    i += length;
  }
  return fine;
}

}  // namespace espalier::grid
