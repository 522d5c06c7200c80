// SPDX-License-Identifier: BSD-3-Clause
#include "grid/entry.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "grid/values.hpp"

namespace espalier::grid {
namespace {

using core::Kind;
using core::Parameter;
using core::Value;

/// The values of one parameter in an entry; several make an axis.
struct Factor {
  std::string name;
  std::vector<Value> values;
};

std::string names_of(const std::vector<const Kind*>& kinds) {
  std::vector<std::string> words;
  for (const Kind* kind : kinds) words.push_back(in_quotes(kind->name));
  return joined(words, " or ");
}

void add_kind(const Node& name, const ChoiceAxis& axis, std::vector<const Kind*>& kinds, Context& context) {
  const Kind* kind = name.form == Node::Form::scalar ? core::find(axis.catalogue, name.text) : nullptr;
  if (!kind) {
    context.problems.add(name.place, not_a_kind(name, axis));
  } else if (std::ranges::find(kinds, kind) != kinds.end()) {
    context.problems.add(name.place, fmt::format("'{}' is given twice (duplicate cells)", kind->name));
  } else {
    kinds.push_back(kind);
  }
}

std::vector<const Kind*> read_kinds(const Node& node, const ChoiceAxis& axis, Context& context) {
  std::vector<const Kind*> kinds;
  if (node.form == Node::Form::scalar) {
    add_kind(node, axis, kinds, context);
  } else if (const Node* names_node = node.find(axis.key)) {
    for (const Node* name : as_list(*names_node, axis.key, context)) add_kind(*name, axis, kinds, context);
  } else if (node.form == Node::Form::map) {
    const std::string instead = node.find("kind") ? " (not 'kind')" : node.find("structure") ? " (not 'structure')" : "";
    context.problems.add(node.place, fmt::format("this entry of '{}' needs '{}'{}", axis.name, axis.key, instead));
  } else {
    context.problems.add(node.place, fmt::format("an entry of '{0}' must be a name or a map {{{1}: ...}}, given {2}", axis.name,
                                                 axis.key, given(node)));
  }
  return kinds;
}

/// The parameter `name` of the first of the kinds that has it.
const Parameter* find_parameter(const std::vector<const Kind*>& kinds, const std::string& name) {
  for (const Kind* kind : kinds) {
    if (const Parameter* parameter = kind->find(name)) return parameter;
  }
  return nullptr;
}

/// What an entry of these kinds may say, each key once.
std::vector<std::string> keys_of(const std::vector<const Kind*>& kinds, const ChoiceAxis& axis) {
  std::vector<std::string> keys{axis.key};
  for (const Kind* kind : kinds)
    std::ranges::copy_if(names(*kind), std::back_inserter(keys),
                         [&](const std::string& name) { return std::ranges::find(keys, name) == keys.end(); });
  return keys;
}

void refuse_key(const Entry& entry, const ChoiceAxis& axis, const std::vector<const Kind*>& kinds, Context& context) {
  std::vector<std::string> owners;
  for (const Kind& kind : axis.catalogue) {
    if (kind.find(entry.key)) owners.push_back(kind.name);
  }
  const std::string advice = owners.empty() ? hint(entry.key, keys_of(kinds, axis), kinds.size() == 1 ? "its keys" : "their keys")
                                            : fmt::format(" (it belongs to {})", joined(owners));
  const bool is_axis = axis.name == "topology" && entry.key == "sparsity";
  context.problems.add(entry.place, fmt::format("{} is not a parameter of {}{}", in_quotes(entry.key), names_of(kinds),
                                                is_axis ? " (it is an axis of 'grid')" : advice));
}

/// The choices of one item of a noise's source: perturbations, or the word for the cell's own.
std::vector<Choice> read_source(const Node& item, const ChoiceAxis& axis, Context& context) {
  if (item.form == Node::Form::scalar && item.text == matched) return {{{matched, {}}, {}}};
  std::vector<Choice> choices = read_entry(item, axis, context);
  for (const Choice& choice : choices) {
    if (core::find(axis.catalogue, choice.settings.kind)->family == "none")
      context.problems.add(item.place, fmt::format("'{}' must change something; '{}' does not", axis.name, choice.settings.kind));
  }
  return choices;
}

/// The values of a parameter of Type::nested. What collapses within one item is one value.
std::vector<Value> read_nested(const Node& node, const Parameter& parameter, Context& context) {
  const ChoiceAxis axis = source_axis(parameter.name, context.schema);
  std::vector<Value> values;
  std::map<std::string, const Node*> first;
  for (const Node* item : as_list(node, parameter.name, context)) {
    for (Choice& choice : read_source(*item, axis, context)) {
      const auto [found, is_new] = first.emplace(core::canonical(choice.settings), item);
      if (is_new) {
        values.emplace_back(std::vector<core::Settings>{std::move(choice.settings)});
      } else if (found->second != item) {
        context.problems.add(item->place,
                             fmt::format("'{}' holds '{}' twice (duplicate cells)", axis.name, choice.settings.kind));
      }
    }
  }
  return values;
}

std::vector<Value> read_factor(const Node& node, const Parameter& parameter, Context& context) {
  return parameter.type == core::Type::nested ? read_nested(node, parameter, context) : read_axis(node, parameter, context);
}

/// What the entry says for `kind`: its own parameters in the catalogue's order, then those of the entry's other kinds.
/// A parameter whose values are a mistake has none.
std::vector<Factor> read_factors(const Node& node, const Kind& kind, const std::vector<const Kind*>& kinds,
                                 const ChoiceAxis& axis, Context& context) {
  std::vector<Factor> factors;
  for (const Parameter& parameter : kind.parameters) {
    if (const Node* value = node.find(parameter.name)) {
      factors.push_back({parameter.name, read_factor(*value, parameter, context)});
    } else if (!parameter.default_value.empty() && !parameter.optional) {
      factors.push_back({parameter.name, parameter.default_value});
    }
  }
  std::map<std::string, const Node*> others;
  for (const Entry& entry : node.entries) {
    if (entry.key != axis.key && !kind.find(entry.key)) others[entry.key] = &entry.value;
  }
  for (const auto& [name, value] : others) {
    if (const Parameter* parameter = find_parameter(kinds, name))
      factors.push_back({name, read_factor(*value, *parameter, context)});
  }
  return factors;
}

/// Takes out the factors without values and gives their names.
std::vector<std::string> take_failed(std::vector<Factor>& factors) {
  std::vector<std::string> failed;
  for (const Factor& factor : factors) {
    if (factor.values.empty()) failed.push_back(factor.name);
  }
  std::erase_if(factors, [](const Factor& factor) { return factor.values.empty(); });
  return failed;
}

/// Every combination of the factors' values, the last factor fastest.
std::vector<Values> product(const std::vector<Factor>& factors, Place place, Context& context) {
  std::uint64_t size = 1;
  for (const Factor& factor : factors) size = saturating_product(size, factor.values.size());
  if (!context.spend(size, place)) return {};
  std::vector<Values> combinations;
  combinations.reserve(size);
  for (std::uint64_t i = 0; i < size; ++i) {
    Values values;
    std::uint64_t rest = i;
    for (auto factor = factors.rbegin(); factor != factors.rend(); ++factor) {
      values[factor->name] = factor->values[rest % factor->values.size()];
      rest /= factor->values.size();
    }
    combinations.push_back(std::move(values));
  }
  return combinations;
}

void remark_without_effect(const Node& node, const std::set<std::string>& effective, const std::vector<const Kind*>& kinds,
                           Context& context) {
  for (const Entry& entry : node.entries) {
    if (!effective.contains(entry.key) && find_parameter(kinds, entry.key))
      context.remarks.push_back(fmt::format("'{}' ({}) has no effect with the other settings of {}", entry.key,
                                            context.problems.line_of(entry.place), names_of(kinds)));
  }
}

/// Says what is missing, except where a slip of the pen has been named already. Of two ways to say one thing the first speaks.
void name_missing(const Node& node, const Kind& kind, const std::vector<std::string>& missing, Context& context) {
  for (const std::string& name : missing) {
    const Parameter& parameter = *kind.find(name);
    const auto here = std::ranges::find(missing, name), other = std::ranges::find(missing, parameter.alternative_to);
    if (other < here) continue;
    const std::string or_else = other != missing.end() ? fmt::format(" or '{}'", *other) : "";
    const std::string or_this = other != missing.end() ? fmt::format(", or {}", allowed(*kind.find(*other))) : "";
    context.problems.add(node.place,
                         fmt::format("'{}' needs '{}'{}: {}{}", kind.name, name, or_else, allowed(parameter), or_this));
  }
}

/// A mistake where the entry says one thing in both ways.
bool says_twice(const Node& node, const Kind& kind, const core::Settings& settings, Context& context) {
  for (const Parameter& parameter : kind.parameters) {
    if (parameter.alternative_to < parameter.name || !settings.has(parameter.name) || !settings.has(parameter.alternative_to))
      continue;
    context.problems.add(node.find(parameter.alternative_to)->place,
                         fmt::format("'{}' takes '{}' or '{}', not both", kind.name, parameter.name, parameter.alternative_to));
    return true;
  }
  return false;
}

/// The choices of one kind of an entry; none when there is a mistake in what the entry says for it.
std::vector<Choice> read_kind(const Node& node, const Kind& kind, const std::vector<const Kind*>& kinds, const ChoiceAxis& axis,
                              Context& context) {
  std::vector<Factor> factors = read_factors(node, kind, kinds, axis, context);
  const std::vector<std::string> failed = take_failed(factors);
  std::vector<Choice> choices;
  std::vector<std::string> missing;
  bool twice = false;
  for (Values& said : product(factors, node.place, context)) {
    core::Settings settings = resolve(kind, said, missing);
    twice = twice || says_twice(node, kind, settings, context);
    choices.push_back({std::move(settings), {kind.name, std::move(said)}});
  }
  const bool incomplete = !failed.empty() || !missing.empty();
  const auto has_failed = [&](const std::string& name) {
    return is_misspelled(name, node.keys(), keys_of(kinds, axis)) || std::ranges::find(failed, name) != failed.end();
  };
  std::erase_if(missing,
                [&](const std::string& name) { return has_failed(name) || has_failed(kind.find(name)->alternative_to); });
  name_missing(node, kind, missing, context);
  if (incomplete || twice) choices.clear();
  return choices;
}

}  // namespace

std::vector<Choice> read_entry(const Node& node, const ChoiceAxis& axis, Context& context) {
  const std::vector<const Kind*> kinds = read_kinds(node, axis, context);
  if (kinds.empty()) return {};
  for (const Entry& entry : node.entries) {
    if (entry.key != axis.key && !find_parameter(kinds, entry.key)) refuse_key(entry, axis, kinds, context);
  }
  std::vector<Choice> choices;
  for (const Kind* kind : kinds) {
    std::ranges::move(read_kind(node, *kind, kinds, axis, context), std::back_inserter(choices));
  }
  std::set<std::string> effective;
  for (const Choice& choice : choices) {
    for (const auto& [name, value] : choice.settings.values) effective.insert(name);
  }
  if (!choices.empty()) remark_without_effect(node, effective, kinds, context);
  return choices;
}

}  // namespace espalier::grid
