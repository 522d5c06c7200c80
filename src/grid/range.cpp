// SPDX-License-Identifier: BSD-3-Clause
#include "grid/range.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "espalier/core/settings.hpp"

namespace espalier::grid {
namespace {

const std::vector<std::string>& range_keys() {
  static const std::vector<std::string> keys{"from", "to", "step"};
  return keys;
}

/// The exact number behind `key`; the default where the key is missing.
std::optional<Decimal> bound(const Node& map, const std::string& key, std::optional<double> fallback, Context& context) {
  const Node* node = map.find(key);
  if (!node) {
    if (!fallback) context.problems.add(map.place, fmt::format("a range needs '{}': {{from: ..., to: ..., step: ...}}", key));
    return fallback ? parse_decimal(core::canonical(*fallback)) : std::nullopt;
  }
  const bool plain = node->form == Node::Form::scalar && !node->quoted;
  const auto number = plain ? parse_decimal(node->text) : std::nullopt;
  if (number && parse_number(node->text)) return number;
  const bool long_number = plain && parse_number(node->text);
  context.problems.add(node->place, fmt::format("'{}' of a range must be a number{}, given {}", key,
                                                long_number ? " of at most 18 digits" : "", given(*node)));
  return std::nullopt;
}

bool check_keys(const Node& map, Context& context) {
  for (const Entry& entry : map.entries) {
    if (std::ranges::find(range_keys(), entry.key) != range_keys().end()) continue;
    context.problems.add(entry.place, fmt::format("{} is not a key of a range{}", in_quotes(entry.key),
                                                  hint(entry.key, range_keys(), "its keys")));
    return false;
  }
  return true;
}

}  // namespace

std::optional<Range> read_range(const Node& map, const std::string& name, std::optional<double> default_step, Context& context) {
  if (!check_keys(map, context)) return std::nullopt;
  const auto from = bound(map, "from", std::nullopt, context);
  const auto to = bound(map, "to", std::nullopt, context);
  const auto step = bound(map, "step", default_step, context);
  if (!from || !to || !step) return std::nullopt;
  const Node* step_node = map.find("step");
  if (step->digits <= 0) {
    context.problems.add(step_node->place, fmt::format("'step' of a range must be above 0, given {}", given(*step_node)));
    return std::nullopt;
  }
  const std::string text = fmt::format("from {} to {}", given(*map.find("from")), given(*map.find("to")));
  const auto order = compare(*from, *to);
  const auto range = order && *order <= 0 ? Range::make(*from, *to, *step) : std::nullopt;
  if (order && *order > 0) {
    context.problems.add(map.place, fmt::format("the range {} is empty; 'from' must be at most 'to'", text));
  } else if (!range) {
    context.problems.add(map.place, fmt::format("the range {} needs more than 18 digits", text));
  } else if (!range->ends_exactly()) {
    context.remarks.push_back(fmt::format("'{}' {} (line {}) ends at {}, because its end is not a multiple of the step", name,
                                          text, map.place.line, core::canonical((*range)[range->size() - 1])));
  }
  return range;
}

}  // namespace espalier::grid
