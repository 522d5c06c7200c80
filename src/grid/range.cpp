// SPDX-License-Identifier: BSD-3-Clause
#include "grid/range.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "espalier/core/settings.hpp"

namespace espalier::grid {
namespace {

const std::vector<std::string>& range_keys() {
  static const std::vector<std::string> keys{"from", "to", "step", "count", "scale"};
  return keys;
}

/// The exact number behind `key`; the default where the key is missing.
std::optional<Decimal> bound(const Node& map, const std::string& key, std::optional<double> default_value, Context& context) {
  const Node* node = map.find(key);
  if (!node) {
    if (!default_value)
      context.problems.add(map.place, fmt::format("a range needs '{}': {{from: ..., to: ..., step: ...}}", key));
    return default_value ? parse_decimal(core::canonical(*default_value)) : std::nullopt;
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

/// The number or fraction behind `key` of a range that says its count.
std::optional<double> end_of(const Node& map, const std::string& key, Context& context) {
  const Node* node = map.find(key);
  if (!node) {
    context.problems.add(map.place, fmt::format("a range needs '{}': {{from: ..., to: ..., count: ...}}", key));
    return std::nullopt;
  }
  const bool plain = node->form == Node::Form::scalar && !node->quoted;
  auto number = plain ? parse_number(node->text) : std::nullopt;
  if (plain && !number) number = parse_fraction(node->text);
  if (!number) context.problems.add(node->place, fmt::format("'{}' of a range must be a number, given {}", key, given(*node)));
  return number;
}

std::optional<std::uint64_t> count_of(const Node& map, Context& context) {
  constexpr double most = 1e6;
  const Node& node = *map.find("count");
  const auto count = node.form == Node::Form::scalar && !node.quoted ? parse_number(node.text) : std::nullopt;
  if (count && *count >= 2 && *count <= most && *count == std::floor(*count)) return static_cast<std::uint64_t>(*count);
  context.problems.add(node.place,
                       fmt::format("'count' of a range must be a whole number from 2 to 1000000, given {}", given(node)));
  return std::nullopt;
}

/// Whether the scale is logarithmic.
std::optional<bool> scale_of(const Node& map, Context& context) {
  const Node* node = map.find("scale");
  if (!node || (node->form == Node::Form::scalar && node->text == "linear")) return false;
  if (node->form == Node::Form::scalar && node->text == "log") return true;
  context.problems.add(node->place, fmt::format("'scale' of a range must be one of linear, log, given {}", given(*node)));
  return std::nullopt;
}

/// Rounded so that a value is written in a few digits, and that the last bits of a logarithm do not decide it.
double six_digits(double x) { return *parse_number(fmt::format("{:.6g}", x)); }

}  // namespace

bool is_counted(const Node& map) { return map.find("count") != nullptr; }

std::vector<double> read_counted_range(const Node& map, const std::string& name, Context& context) {
  if (!check_keys(map, context)) return {};
  if (const Node* step = map.find("step")) {
    context.problems.add(step->place, fmt::format("the range of '{}' has 'step' and 'count'; give one of them", name));
    return {};
  }
  const auto from = end_of(map, "from", context), to = end_of(map, "to", context);
  const auto count = count_of(map, context);
  const auto is_log = scale_of(map, context);
  if (!from || !to || !count || !is_log) return {};
  const std::string text = fmt::format("from {} to {}", given(*map.find("from")), given(*map.find("to")));
  if (*from >= *to) {
    context.problems.add(map.place, fmt::format("the range {} is empty; 'from' must be below 'to'", text));
    return {};
  }
  if (*is_log && *from <= 0) {
    context.problems.add(map.place, fmt::format("the range {} has scale log; 'from' must be above 0", text));
    return {};
  }
  if (!context.spend(*count, map.place)) return {};
  std::vector<double> values{*from};
  for (std::uint64_t i = 1; i + 1 < *count; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(*count - 1);
    values.push_back(six_digits(*is_log ? *from * std::pow(*to / *from, share) : *from + share * (*to - *from)));
  }
  values.push_back(*to);
  return values;
}

std::optional<Range> read_range(const Node& map, const std::string& name, std::optional<double> default_step, Context& context) {
  if (!check_keys(map, context)) return std::nullopt;
  if (const Node* scale = map.find("scale")) {
    context.problems.add(scale->place, "'scale' of a range needs 'count': {from: ..., to: ..., count: ..., scale: log}");
    return std::nullopt;
  }
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
    context.remarks.push_back(fmt::format("'{}' {} ({}) ends at {}, because its end is not a multiple of the step", name, text,
                                          context.problems.line_of(map.place), core::canonical((*range)[range->size() - 1])));
  }
  return range;
}

}  // namespace espalier::grid
