// SPDX-License-Identifier: BSD-3-Clause
#include "grid/choices.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>

#include "grid/entry.hpp"
#include "grid/values.hpp"

namespace espalier::grid {
namespace {

using core::Kind;
using core::Parameter;

/// Whether `kind` uses `parameter` beside the other values (conditions on conditions included).
bool is_used(const Kind& kind, const Parameter& parameter, const Values& said) {
  const auto& [name, wanted] = parameter.active_if;
  if (name.empty()) return true;
  const auto value = said.find(name);
  if (value == said.end() || std::ranges::find(wanted, text_of(value->second)) == wanted.end()) return false;
  const Parameter* condition = kind.find(name);
  return condition && is_used(kind, *condition, said);
}

/// Whether the latest definition of `kind` is that of these settings.
bool has_definition(const Kind& kind, const Values& values) {
  if (kind.definition <= 1) return false;
  const auto& [name, wanted] = kind.definition_if;
  if (name.empty()) return true;
  const auto value = values.find(name);
  return value != values.end() && std::ranges::find(wanted, text_of(value->second)) != wanted.end();
}

}  // namespace

core::Settings resolve(const Kind& kind, const Values& given, std::vector<std::string>& missing) {
  core::Settings settings{kind.name, {}};
  Values said = given;
  for (const Parameter& parameter : kind.parameters)
    if (!parameter.implies.first.empty() && given.contains(parameter.name))
      said[parameter.implies.first] = parameter.implies.second;
  for (const Parameter& parameter : kind.parameters) {
    if (!is_used(kind, parameter, said)) continue;
    const auto value = said.find(parameter.name);
    const Parameter* other = kind.find(parameter.alternative_to);
    const bool said_otherwise = other && said.contains(other->name) && is_used(kind, *other, said);
    if (value != said.end()) {
      if (!parameter.legacy_default.empty() && text_of(value->second) == parameter.legacy_default) continue;
      settings.values.emplace(parameter.name, value->second);
    } else if (!parameter.optional && !said_otherwise && std::ranges::find(missing, parameter.name) == missing.end()) {
      missing.push_back(parameter.name);
    }
  }
  if (has_definition(kind, settings.values)) settings.values.emplace("definition", static_cast<double>(kind.definition));
  return settings;
}

Values defaults(const Kind& kind) {
  Values values;
  for (const Parameter& parameter : kind.parameters) {
    if (!parameter.default_value.empty() && !parameter.optional) values.emplace(parameter.name, parameter.default_value.front());
  }
  return values;
}

std::vector<Choice> read_choices(const Node& node, const ChoiceAxis& axis, bool may_repeat, Context& context) {
  std::vector<Choice> all;
  std::unordered_map<std::string, Place> places;  // of the choices, to find duplicates
  for (const Node* item : as_list(node, axis.name, context)) {
    for (Choice& choice : read_entry(*item, axis, context)) {
      const auto [first, is_new] = places.emplace(core::canonical(choice.said), item->place);
      if (!is_new && !may_repeat) {
        context.problems.add(item->place,
                             fmt::format("'{}' holds '{}' with the same settings twice, first in {} (duplicate cells)", axis.name,
                                         choice.said.kind, context.problems.line_of(first->second)));
      }
      all.push_back(std::move(choice));
    }
  }
  return all;
}

std::vector<std::string> names(const Kind& kind) {
  std::vector<std::string> all;
  for (const Parameter& parameter : kind.parameters) all.push_back(parameter.name);
  return all;
}

std::string not_a_kind(const Node& node, const ChoiceAxis& axis) {
  if (node.form != Node::Form::scalar) return fmt::format("{} is not a {}", given(node), axis.noun);
  std::vector<std::string> known;
  for (const Kind& kind : axis.catalogue) known.push_back(kind.name);
  std::ranges::copy(axis.words, std::back_inserter(known));
  return fmt::format("{} is not a {}{}", in_quotes(node.text), axis.noun, hint(node.text, known, "available"));
}

ChoiceAxis source_axis(const std::string& name, const core::Schema& schema) {
  return {name, "perturbation", "kind", schema.perturbations, {matched}};
}

}  // namespace espalier::grid
