// SPDX-License-Identifier: BSD-3-Clause
#include "grid/problems.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "espalier/core/error.hpp"
#include "espalier/core/nearest.hpp"

namespace espalier::grid {
namespace {

constexpr std::size_t most_lines = 1000;   // of messages: nobody reads more
constexpr std::size_t longest_quote = 60;  // bytes

}  // namespace

std::string Problems::line_of(Place place) const {
  const std::string line = fmt::format("line {}", place.line);
  return place.file == 0 ? line : fmt::format("{} of {}", line, files_.at(static_cast<std::size_t>(place.file)));
}

std::string Problems::place_of(Place place) const {
  return fmt::format("{}:{}:{}", files_.at(static_cast<std::size_t>(place.file)), place.line, place.column);
}

void Problems::raise() const {
  if (found_.empty()) return;
  auto sorted = found_;
  std::ranges::sort(sorted);
  const auto repeated = std::ranges::unique(sorted);  // a value that two kinds refuse is one mistake
  sorted.erase(repeated.begin(), repeated.end());
  std::string text;
  for (std::size_t i = 0; i < std::min(sorted.size(), most_lines); ++i) {
    const auto& [place, message] = sorted[i];
    text += fmt::format("{}{}: {}", i ? "\n" : "", place_of(place), message);
  }
  if (sorted.size() > most_lines) text += fmt::format("\n{}: {} more mistakes", files_[0], sorted.size() - most_lines);
  throw core::UserError(text);
}

std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool character_starts = (c & 0xC0) != 0x80;
    if (i >= longest_quote && character_starts) return out + "...'";
    out += c < 0x20 || c == 0x7F ? fmt::format("\\x{:02x}", c) : std::string(1, text[i]);
  }
  return out + "'";
}

std::string hint(std::string_view word, const std::vector<std::string>& candidates, std::string_view label) {
  const std::string near = core::nearest(word, candidates);
  if (!near.empty()) return fmt::format(" (did you mean '{}'?)", near);
  return candidates.empty() ? "" : fmt::format(" ({}: {})", label, joined(candidates));
}

bool is_misspelled(std::string_view wanted, const std::vector<std::string>& given, const std::vector<std::string>& candidates) {
  return std::ranges::any_of(given, [&](const std::string& word) {
    return std::ranges::find(candidates, word) == candidates.end() && core::nearest(word, candidates) == wanted;
  });
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string out;
  for (const std::string& word : words) (out += out.empty() ? "" : separator) += word;
  return out;
}

}  // namespace espalier::grid
