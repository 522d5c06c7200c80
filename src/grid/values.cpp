// SPDX-License-Identifier: BSD-3-Clause
#include "grid/values.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>
#include <utility>

#include "espalier/core/nearest.hpp"
#include "grid/range.hpp"

namespace espalier::grid {
namespace {

using core::Parameter;
using core::Type;
using core::Value;

/// The bounds that hold: whole numbers also have to fit an int.
std::pair<double, double> bounds(const Parameter& parameter) {
  if (parameter.type != Type::integer) return {parameter.min, parameter.max};
  const double most = std::numeric_limits<int>::max();
  return {std::max(parameter.min, -most), std::min(parameter.max, most)};
}

std::string within(const Parameter& parameter) {
  const auto [min, max] = bounds(parameter);
  const std::string low = fmt::format("{}", min), high = fmt::format("{}", max);
  if (std::isfinite(min) && std::isfinite(max)) return fmt::format(" from {} to {}", low, high);
  if (std::isfinite(min)) return " of at least " + low;
  return std::isfinite(max) ? " of at most " + high : "";
}

bool fits(double x, const Parameter& parameter) {
  const auto [min, max] = bounds(parameter);
  return x >= min && x <= max && (parameter.type != Type::integer || x == std::floor(x));
}

std::vector<std::string> names_of_maps(const Parameter& parameter) {
  std::vector<std::string> names;
  for (const auto& alternative : parameter.maps) names.push_back("'" + alternative.front().name + "'");
  return names;
}

void refuse(const Node& node, const Parameter& parameter, const std::string& what, Context& context,
            const std::string& advice = "") {
  context.problems.add(node.place, fmt::format("'{}' must be {}, given {}{}", parameter.name, allowed(parameter), what, advice));
}

std::optional<double> number_of(const Node& node) {
  if (node.form != Node::Form::scalar || node.quoted) return std::nullopt;
  const auto number = parse_number(node.text);
  return number ? number : parse_fraction(node.text);
}

/// The words for a flag in YAML 1.2's core schema.
std::optional<bool> flag_of(const Node& node) {
  if (node.form != Node::Form::scalar || node.quoted) return std::nullopt;
  for (const bool flag : {true, false})
    for (const char* word : {flag ? "true" : "false", flag ? "True" : "False", flag ? "TRUE" : "FALSE"})
      if (node.text == word) return flag;
  return std::nullopt;
}

std::optional<Value> read_number(const Node& node, const Parameter& parameter, Context& context) {
  const auto x = number_of(node);
  if (x && fits(*x, parameter)) return Value(*x);
  refuse(node, parameter, given(node), context);
  return std::nullopt;
}

std::optional<Value> read_flag(const Node& node, const Parameter& parameter, Context& context) {
  if (const auto flag = flag_of(node)) return Value(*flag);
  refuse(node, parameter, given(node), context);
  return std::nullopt;
}

std::optional<Value> read_choice(const Node& node, const Parameter& parameter, Context& context) {
  if (node.form == Node::Form::scalar && std::ranges::find(parameter.choices, node.text) != parameter.choices.end())
    return Value(node.text);
  const std::string near = node.form == Node::Form::scalar ? core::nearest(node.text, parameter.choices) : "";
  refuse(node, parameter, given(node), context, near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near));
  return std::nullopt;
}

std::optional<Value> read_numbers(const Node& node, const Parameter& parameter, Context& context) {
  std::vector<double> numbers;
  for (const Node* item : as_list(node, parameter.name, context)) {
    const auto x = number_of(*item);
    if (!x || !fits(*x, parameter)) {
      refuse(*item, parameter, item == &node ? given(*item) : given(*item) + " in the list", context);
      return std::nullopt;
    }
    numbers.push_back(*x);
  }
  return numbers.empty() ? std::nullopt : std::optional<Value>(std::move(numbers));
}

/// The parameters of the alternative of `parameter.maps` that a map names; null: none.
const std::vector<Parameter>* alternative_of(const Node& node, const Parameter& parameter) {
  for (const auto& alternative : parameter.maps)
    if (node.form == Node::Form::map && node.find(alternative.front().name)) return &alternative;
  return nullptr;
}

/// "conv=6 kernel=5 padding=2" of {conv: 6, kernel: 5, padding: 2}; nothing where there is a mistake.
std::optional<std::string> read_map(const Node& node, const Parameter& parameter, Context& context) {
  const auto* alternative = alternative_of(node, parameter);
  if (!alternative) {
    refuse(node, parameter, given(node) + " in the list", context);
    return std::nullopt;
  }
  std::vector<std::string> keys, words;
  for (const Parameter& part : *alternative) keys.push_back(part.name);
  for (const Entry& entry : node.entries)
    if (std::ranges::find(keys, entry.key) == keys.end()) {
      context.problems.add(entry.place, fmt::format("'{}' is not a key of '{}' in '{}'; its keys: {}", entry.key, keys.front(),
                                                    parameter.name, joined(keys)));
      return std::nullopt;
    }
  for (const Parameter& part : *alternative) {
    const Node* said = node.find(part.name);
    const auto value = said ? read_number(*said, part, context) : std::optional<Value>(part.default_value.front());
    if (!value) return std::nullopt;
    words.push_back(part.name + "=" + core::canonical(*value));
  }
  return fmt::format("{}", fmt::join(words, " "));
}

/// A list of maps as one text: "conv=6 kernel=5 padding=2; pool=2".
std::optional<Value> read_maps(const Node& node, const Parameter& parameter, Context& context) {
  std::vector<std::string> all;
  for (const Node* item : as_list(node, parameter.name, context)) {
    auto text = read_map(*item, parameter, context);
    if (!text) return std::nullopt;
    all.push_back(std::move(*text));
  }
  if (all.empty()) return std::nullopt;
  return Value(fmt::format("{}", fmt::join(all, "; ")));
}

/// The numbers of a range, of either form.
std::vector<double> numbers_of_range(const Node& node, const std::string& name, Context& context,
                                     std::optional<double> default_step) {
  if (is_counted(node)) return read_counted_range(node, name, context);
  const auto range = read_range(node, name, default_step, context);
  if (!range || !context.spend(range->size(), node.place)) return {};
  std::vector<double> numbers;
  for (std::uint64_t i = 0; i < range->size(); ++i) numbers.push_back((*range)[i]);
  return numbers;
}

std::vector<Value> read_range_values(const Node& node, const Parameter& parameter, Context& context,
                                     std::optional<double> default_step) {
  std::vector<Value> values;
  for (const double x : numbers_of_range(node, parameter.name, context, default_step)) {
    if (!fits(x, parameter)) {
      refuse(node, parameter, core::canonical(x), context, " in the range");
      return {};
    }
    values.emplace_back(x);
  }
  return values;
}

/// The values of one item of an axis: one, or those of a range.
std::vector<Value> read_item(const Node& item, const Parameter& parameter, Context& context, std::optional<double> default_step) {
  const bool numeric = parameter.type == Type::number || parameter.type == Type::integer;
  if (numeric && item.form == Node::Form::map) return read_range_values(item, parameter, context, default_step);
  auto value = read_value(item, parameter, context);
  return value && context.spend(1, item.place) ? std::vector<Value>{std::move(*value)} : std::vector<Value>{};
}

}  // namespace

std::string allowed(const Parameter& parameter) {
  switch (parameter.type) {
    case Type::number:
      return "a number" + within(parameter);
    case Type::integer:
      return "a whole number" + within(parameter);
    case Type::flag:
      return "true or false";
    case Type::choice:
      return "one of " + joined(parameter.choices);
    case Type::numbers:
      return "a list of numbers" + within(parameter);
    case Type::nested:
      return "a perturbation or 'matched'";
    case Type::maps:
      return "a list of maps, each with one of " + joined(names_of_maps(parameter));
  }
  return "";
}

std::optional<Value> read_value(const Node& node, const Parameter& parameter, Context& context) {
  switch (parameter.type) {
    case Type::number:
    case Type::integer:
      return read_number(node, parameter, context);
    case Type::flag:
      return read_flag(node, parameter, context);
    case Type::choice:
      return read_choice(node, parameter, context);
    case Type::numbers:
      return read_numbers(node, parameter, context);
    case Type::maps:
      return read_maps(node, parameter, context);
    case Type::nested:
      break;
  }
  refuse(node, parameter, given(node), context);
  return std::nullopt;
}

std::vector<Value> read_axis(const Node& node, const Parameter& parameter, Context& context, const AxisForm& form) {
  const bool lists = parameter.type == Type::numbers || parameter.type == Type::maps;
  const bool one_list = lists && (node.items.empty() || node.items.front().form != Node::Form::list);
  const std::vector<const Node*> items = one_list ? std::vector{&node} : as_list(node, parameter.name, context);
  if (items.size() == 1) return read_item(*items.front(), parameter, context, form.default_step);  // a range repeats nothing
  std::vector<Value> values;
  std::unordered_set<std::string> seen;
  for (const Node* item : items) {
    for (Value& value : read_item(*item, parameter, context, form.default_step)) {
      if (seen.insert(text_of(value)).second || form.may_repeat) {
        values.push_back(std::move(value));
      } else {
        context.problems.add(item->place, fmt::format("'{}' holds {} twice (duplicate cells)", parameter.name, text_of(value)));
        break;
      }
    }
  }
  return values;
}

std::vector<const Node*> as_list(const Node& node, const std::string& name, Context& context) {
  std::vector<const Node*> items;
  if (node.form == Node::Form::scalar || node.form == Node::Form::map) items.push_back(&node);
  for (const Node& item : node.items) items.push_back(&item);
  if (items.empty()) context.problems.add(node.place, fmt::format("'{}' is empty: give at least one value", name));
  return items;
}

std::string text_of(const Value& value) {
  const auto* word = std::get_if<std::string>(&value);
  return word ? *word : core::canonical(value);
}

}  // namespace espalier::grid
