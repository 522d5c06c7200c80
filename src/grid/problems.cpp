#include "grid/problems.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "espalier/core/error.hpp"

namespace espalier::grid {
namespace {

constexpr std::size_t most_lines = 1000;   // of messages: nobody reads more
constexpr std::size_t longest_quote = 60;  // bytes

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// Optimal string alignment distance [Damerau 1964, Levenshtein 1966].
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replace});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

void Problems::raise() const {
  if (found_.empty()) return;
  auto sorted = found_;
  std::ranges::sort(sorted);
  const auto repeated = std::ranges::unique(sorted);  // a value that two kinds refuse is one mistake
  sorted.erase(repeated.begin(), repeated.end());
  std::string text;
  for (std::size_t i = 0; i < std::min(sorted.size(), most_lines); ++i) {
    const auto& [place, message] = sorted[i];
    text += fmt::format("{}{}:{}:{}: {}", i ? "\n" : "", file_, place.line, place.column, message);
  }
  if (sorted.size() > most_lines) text += fmt::format("\n{}: {} more mistakes", file_, sorted.size() - most_lines);
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

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string wanted = lower(word.substr(0, longest_quote));
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::string found;
  for (const std::string& candidate : candidates) {
    const std::size_t d = distance(wanted, lower(candidate));
    if (d < best && 2 * d < candidate.size()) {
      best = d;
      found = candidate;
    }
  }
  return found;
}

std::string hint(std::string_view word, const std::vector<std::string>& candidates, std::string_view label) {
  const std::string near = nearest(word, candidates);
  if (!near.empty()) return fmt::format(" (did you mean '{}'?)", near);
  return candidates.empty() ? "" : fmt::format(" ({}: {})", label, joined(candidates));
}

bool is_misspelled(std::string_view wanted, const std::vector<std::string>& given, const std::vector<std::string>& candidates) {
  return std::ranges::any_of(given, [&](const std::string& word) {
    return std::ranges::find(candidates, word) == candidates.end() && nearest(word, candidates) == wanted;
  });
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string out;
  for (const std::string& word : words) (out += out.empty() ? "" : separator) += word;
  return out;
}

}  // namespace espalier::grid
