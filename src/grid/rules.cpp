// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "grid/exclusion.hpp"
#include "grid/values.hpp"

namespace espalier::grid {
namespace {

using core::Parameter;

constexpr std::size_t most_rules = 1000;  // one bit per rule and axis value

Alternatives read_choice_patterns(const Node& node, const ChoiceAxis& axis, Context& context);

/// The values that a rule names for `parameter`; bounds do not matter, a value that is not in the grid matches nothing.
Alternatives read_words(const Node& node, Parameter parameter, Context& context, std::optional<double> default_step = {}) {
  if (parameter.type == core::Type::nested)
    return read_choice_patterns(node, source_axis(parameter.name, context.schema), context);
  parameter.min = -std::numeric_limits<double>::infinity();
  parameter.max = std::numeric_limits<double>::infinity();
  Alternatives alternatives;
  for (const core::Value& value : read_axis(node, parameter, context, {default_step})) alternatives.texts.insert(text_of(value));
  return alternatives;
}

void read_kind(const Node& name, const ChoiceAxis& axis, Alternatives& kinds, Context& context) {
  const bool known = core::find(axis.catalogue, name.text) || std::ranges::find(axis.words, name.text) != axis.words.end();
  if (name.form == Node::Form::scalar && known) {
    kinds.texts.insert(name.text);
  } else {
    context.problems.add(name.place, not_a_kind(name, axis));
  }
}

/// The parameter `name` of any kind that the pattern accepts.
const Parameter* find_parameter(const Pattern& pattern, const ChoiceAxis& axis, const std::string& name) {
  for (const core::Kind& kind : axis.catalogue) {
    const bool wanted = !pattern.kinds || pattern.kinds->texts.contains(kind.name);
    if (const Parameter* parameter = kind.find(name); parameter && wanted) return parameter;
  }
  return nullptr;
}

std::vector<std::string> keys_of(const Pattern& pattern, const ChoiceAxis& axis) {
  std::set<std::string> keys;
  for (const core::Kind& kind : axis.catalogue) {
    if (pattern.kinds && !pattern.kinds->texts.contains(kind.name)) continue;
    for (const Parameter& parameter : kind.parameters) keys.insert(parameter.name);
  }
  return {keys.begin(), keys.end()};
}

Pattern read_pattern(const Node& map, const ChoiceAxis& axis, Context& context) {
  Pattern pattern;
  if (const Node* kinds = map.find(axis.key)) {
    pattern.kinds.emplace();
    for (const Node* name : as_list(*kinds, axis.key, context)) read_kind(*name, axis, *pattern.kinds, context);
  }
  for (const Entry& entry : map.entries) {
    if (entry.key == axis.key) continue;
    if (const Parameter* parameter = find_parameter(pattern, axis, entry.key)) {
      pattern.parameters[entry.key] = read_words(entry.value, *parameter, context);
    } else {
      context.problems.add(entry.place, fmt::format("{} is not a parameter of any {} of this rule{}", in_quotes(entry.key),
                                                    axis.noun, hint(entry.key, keys_of(pattern, axis), "their parameters")));
    }
  }
  return pattern;
}

Alternatives read_choice_patterns(const Node& node, const ChoiceAxis& axis, Context& context) {
  Alternatives alternatives;
  for (const Node* item : as_list(node, axis.name, context)) {
    if (item->form == Node::Form::map) {
      alternatives.patterns.push_back(read_pattern(*item, axis, context));
    } else {
      read_kind(*item, axis, alternatives, context);
    }
  }
  return alternatives;
}

Alternatives read_datasets(const Node& node, Context& context) {
  Alternatives alternatives;
  for (const Node* item : as_list(node, "dataset", context)) {
    if (item->form == Node::Form::scalar) {
      alternatives.texts.insert(item->text);
    } else {
      context.problems.add(item->place, fmt::format("'dataset' must be a name, given {}", given(*item)));
    }
  }
  return alternatives;
}

Alternatives read_axis_of_rule(const Node& node, const AxisKind& kind, Context& context) {
  if (const auto* choices = std::get_if<ChoiceAxis>(&kind.domain)) return read_choice_patterns(node, *choices, context);
  if (const auto* plain = std::get_if<PlainValues>(&kind.domain))
    return read_words(node, plain->parameter, context, plain->default_step);
  return read_datasets(node, context);
}

}  // namespace

Rule read_rule(const Node& map, const std::vector<AxisKind>& kinds, Context& context, const std::string& what) {
  Rule rule{.place = map.place};
  if (map.form != Node::Form::map || map.entries.empty())
    context.problems.add(map.place, fmt::format("{} must be a map of axis values, given {}", what,
                                                map.form == Node::Form::map ? "an empty one" : given(map)));
  for (const Entry& entry : map.entries) {
    const auto kind = std::ranges::find(kinds, entry.key, &AxisKind::name);
    if (kind == kinds.end()) {
      std::vector<std::string> known;
      for (const AxisKind& axis : kinds) known.push_back(axis.name);
      context.problems.add(
          entry.place, fmt::format("{} is not an axis of 'grid'{}", in_quotes(entry.key), hint(entry.key, known, "the axes")));
    } else {
      rule.axes[entry.key] = read_axis_of_rule(entry.value, *kind, context);
    }
  }
  return rule;
}

std::vector<Rule> read_rules(const Node& root, const std::vector<AxisKind>& kinds, Context& context) {
  const Node* exclude = root.find("exclude");
  if (!exclude || exclude->form == Node::Form::null) return {};
  std::vector<Rule> rules;
  for (const Node* item : as_list(*exclude, "exclude", context)) {
    if (rules.size() == most_rules) {
      context.problems.add(item->place, fmt::format("'exclude' has more than {} rules", most_rules));
      break;
    }
    rules.push_back(read_rule(*item, kinds, context, "a rule of 'exclude'"));
  }
  return rules;
}

}  // namespace espalier::grid
