// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/core/utf8.hpp"

namespace espalier::core {
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

/// The code point of one valid character.
char32_t code_of(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  char32_t code = character.size() == 1 ? first : first & (0x7FU >> character.size());
  for (const char c : character.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3FU);
  return code;
}

bool is_between(char32_t code, char32_t low, char32_t high) { return low <= code && code <= high; }

/// Control characters, line separators, and marks of the direction of writing.
bool is_unwanted(char32_t code) {
  return code < 0x20 || is_between(code, 0x7F, 0x9F) || is_between(code, 0x200E, 0x200F) || is_between(code, 0x2028, 0x202E) ||
         is_between(code, 0x2066, 0x2069);
}

}  // namespace

std::size_t character_length(std::string_view text, std::size_t at) {
  const Form form = form_of(static_cast<unsigned char>(text[at]));
  if (form.length == 0 || at + form.length > text.size()) return 0;
  for (std::size_t i = 1; i < form.length; ++i) {
    const auto c = static_cast<unsigned char>(text[at + i]);
    if (c < (i == 1 ? form.low : 0x80) || c > (i == 1 ? form.high : 0xBF)) return 0;
  }
  return form.length;
}

std::string one_line(std::string_view text) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_length(text, at);
    const std::string_view character = text.substr(at, length);
    if (length == 1 && std::string_view("\t\n\r").find(text[at]) != std::string_view::npos)
      out += ' ';
    else
      out += length == 0 || is_unwanted(code_of(character)) ? replacement : character;
    at += length == 0 ? 1 : length;
  }
  return out;
}

}  // namespace espalier::core
