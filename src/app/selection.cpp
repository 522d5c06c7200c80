// SPDX-License-Identifier: BSD-3-Clause
#include "app/selection.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <set>

#include "espalier/core/axes.hpp"
#include "espalier/core/error.hpp"

namespace espalier::app {
namespace {

/// The number that a whole text is.
std::optional<double> number_of(const std::string& text) {
  double x = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, x);
  return read.ec == std::errc() && read.ptr == end ? std::optional(x) : std::nullopt;
}

/// "0.20" and "2e-1" are 0.2, "True" is true.
bool same(const std::string& plain, const std::string& given) {
  if (plain == given) return true;
  const auto number = number_of(plain), wanted = number_of(given);
  if (number && wanted) return *number == *wanted;
  const auto equal = [](unsigned char a, unsigned char b) { return a == std::tolower(b); };
  return (plain == "true" || plain == "false") && std::ranges::equal(plain, given, equal);
}

bool matches(const core::Plan& plan, const core::Cell& cell, const std::string& key, const std::string& value) {
  const auto own = core::value_of(key, plan, cell);
  return own && same(core::plain_text(*own), value);
}

}  // namespace

Selection::Selection(std::vector<std::pair<std::string, std::string>> only, const core::Plan& plan, std::string_view option)
    : only_(std::move(only)), plan_(plan) {
  for (const auto& [key, value] : only_) {
    const auto hit = [&, &k = key, &v = value](const core::Cell& cell) { return matches(plan_, cell, k, v); };
    if (std::ranges::none_of(plan_.cells, hit))
      throw core::UserError(fmt::format(
          "{} {}={}: no cell of this grid matches; list the cells with espalier plan GRID.yaml --cells", option, key, value));
  }
}

bool Selection::contains(const core::Cell& cell) const {
  std::set<std::string> open, held;
  for (const auto& [key, value] : only_) {
    open.insert(key);
    if (matches(plan_, cell, key, value)) held.insert(key);
  }
  return open == held;
}

}  // namespace espalier::app
