// SPDX-License-Identifier: BSD-3-Clause
#include "grid/sections.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <set>

#include "grid/values.hpp"

namespace espalier::grid {
namespace {

using core::Kind;
using core::Parameter;

/// A section's map: empty when the section is missing, and when it is not a map, which is a mistake.
const std::vector<Entry>& entries_of(const Node* node, const std::string& name, Context& context) {
  static const std::vector<Entry> none;
  if (!node || node->form == Node::Form::null) return none;
  if (node->form != Node::Form::map)
    context.problems.add(node->place, fmt::format("'{}' must be a map of settings, given {}", name, given(*node)));
  return node->entries;
}

void refuse_key(const Entry& entry, const Kind& section, const std::vector<std::string>& keys, Context& context) {
  const std::string home = home_of(entry.key, context.schema);
  const std::string advice = home.empty() ? hint(entry.key, keys, "its keys") : home;
  context.problems.add(entry.place, fmt::format("{} is not a key of '{}'{}", in_quotes(entry.key), section.name, advice));
}

/// The N of `images: {first: N}`, which is short for `images: N` with `random_images: false`; null: it says something else.
const Node* first_images(const Node& node, const Kind& section) {
  const bool is_short = section.find("random_images") && node.form == Node::Form::map && node.entries.size() == 1;
  return is_short ? node.find("first") : nullptr;
}

/// A setting has one home: the section, or an axis of the grid.
bool is_axis(const Entry& entry, const Kind& section, const Layout& layout, Context& context) {
  const AxisNode* axis = layout.find(section.name + "." + entry.key);
  if (axis)
    context.problems.add(entry.place, fmt::format("'{}' is an axis of 'grid' ({}): remove it from '{}'", axis->name,
                                                  context.problems.line_of(axis->place), section.name));
  return axis;
}

/// A parameter that implies the value of another one, which is given with another value.
void refuse_contradictions(const Kind& section, const std::vector<Entry>& entries, const Values& said, Context& context) {
  for (const Entry& entry : entries) {
    for (const Parameter& parameter : section.parameters) {
      if (parameter.implies.first != entry.key || !said.contains(parameter.name)) continue;
      const std::string value = text_of(said.at(entry.key));
      if (value != parameter.implies.second)
        context.problems.add(entry.place, fmt::format("'{}' is for '{}: {}', given {}: remove one of the two", parameter.name,
                                                      entry.key, parameter.implies.second, value));
    }
  }
}

/// The section of the kind `section`; `also` names keys that others read.
Section read_section(const Node& root, const Kind& section, const std::vector<std::string>& also, const Layout& layout,
                     Context& context) {
  const Node* node = root.find(section.name);
  const std::vector<Entry>& entries = entries_of(node, section.name, context);
  std::vector<std::string> keys = names(section);
  std::ranges::copy(also, std::back_inserter(keys));
  Values said = defaults(section);
  std::set<std::string> failed;
  for (const Entry& entry : entries) {
    if (is_axis(entry, section, layout, context)) continue;
    if (const Parameter* parameter = section.find(entry.key)) {
      const Node* first = entry.key == "images" ? first_images(entry.value, section) : nullptr;
      if (first) said["random_images"] = false;
      auto value = read_value(first ? *first : entry.value, *parameter, context);
      if (value) said[entry.key] = std::move(*value);
      if (!value) failed.insert(entry.key);
    } else if (std::ranges::find(also, entry.key) == also.end()) {
      refuse_key(entry, section, keys, context);
    }
  }
  refuse_contradictions(section, entries, said, context);
  std::vector<std::string> missing;
  core::Settings settings = resolve(section, said, missing);
  for (const std::string& name : missing) {
    if (!failed.contains(name) && !layout.find(section.name + "." + name) && !(node && is_misspelled(name, node->keys(), keys)))
      context.problems.add(node ? node->place : root.place,
                           fmt::format("'{}' needs '{}': {}", section.name, name, allowed(*section.find(name))));
  }
  for (const Entry& entry : entries) {
    if (said.contains(entry.key) && !settings.has(entry.key) && section.find(entry.key)->legacy_default.empty())
      context.remarks.push_back(fmt::format("'{}' ({}) has no effect with the other settings of '{}'", entry.key,
                                            context.problems.line_of(entry.place), section.name));
  }
  return {&section, std::move(said), std::move(settings)};
}

std::vector<std::string> topology_settings(const core::Catalogue& topologies) {
  std::set<std::string> all;
  for (const Kind& kind : topologies) {
    for (const Parameter& parameter : kind.parameters) all.insert(parameter.name);
  }
  return {all.begin(), all.end()};
}

/// The words in a part of the file: more than the kinds it names, but no kind is missed.
void collect_words(const Node& node, std::set<std::string>& words) {
  if (node.form == Node::Form::scalar) words.insert(node.text);
  for (const Node& item : node.items) collect_words(item, words);
  for (const Entry& entry : node.entries) collect_words(entry.value, words);
}

/// Makes what `train` says for the parameter `entry` the default of the used topologies that have it.
void apply_to_topologies(const Entry& entry, const std::set<std::string>& used, core::Catalogue& topologies, Context& context) {
  const Parameter* unused = nullptr;
  bool applied = false;
  for (Kind& kind : topologies) {
    const auto parameter = std::ranges::find(kind.parameters, entry.key, &Parameter::name);
    if (parameter == kind.parameters.end()) continue;
    unused = &*parameter;
    if (!used.contains(kind.name)) continue;
    applied = true;
    parameter->optional = false;
    if (auto value = read_value(entry.value, *parameter, context)) {
      parameter->default_value = {std::move(*value)};
    } else {
      parameter->optional = true;  // the mistake is known: it is not missing as well
    }
  }
  if (!unused || applied) return;
  read_value(entry.value, *unused, context);
  context.remarks.push_back(fmt::format("'{}' of 'train' ({}) has no effect: no topology of this grid uses it", entry.key,
                                        context.problems.line_of(entry.place)));
}

/// The hidden layers that every network of the grid has; nothing where `hidden` is a mistake, or an axis makes other networks.
std::optional<double> fewest_layers(const core::Settings& train, const Layout& layout) {
  if (layout.find("train.network") || layout.find("train.layers")) return std::nullopt;
  if (const AxisNode* axis = layout.find("train.hidden")) {
    std::optional<double> fewest;
    for (const Node& item : axis->values->items) {
      const double layers = item.form == Node::Form::list ? static_cast<double>(item.items.size()) : 1;
      fewest = std::min(fewest.value_or(layers), layers);
    }
    return fewest;
  }
  const auto hidden = train.values.find("hidden");
  if (hidden == train.values.end() || !std::holds_alternative<std::vector<double>>(hidden->second)) return std::nullopt;
  return static_cast<double>(train.numbers("hidden").size());
}

/// Layers are counted from 1: a noise at a layer that a network does not have is a mistake.
void limit_layers(core::Catalogue& structures, std::optional<double> layers) {
  if (!layers) return;
  for (Kind& kind : structures) {
    for (Parameter& parameter : kind.parameters) {
      if (parameter.name == "layer") parameter.max = std::min(parameter.max, *layers);
    }
  }
}

}  // namespace

core::Settings Section::with(const Values& axes, std::vector<std::string>& missing) const {
  Values all = axes;
  all.insert(said.begin(), said.end());
  return resolve(*kind, all, missing);
}

Sections read_sections(const Node& root, const Layout& layout, Context& context) {
  const core::Schema& schema = context.schema;
  Sections sections{{}, {}, {}, schema.topologies, schema.structures};
  for (Kind& kind : sections.topologies) std::erase_if(kind.parameters, [](const Parameter& p) { return p.name == "sparsity"; });
  sections.train = read_section(root, schema.train, topology_settings(sections.topologies), layout, context);
  sections.evaluate = read_section(root, schema.evaluate, {}, layout, context).settings;
  sections.tail = read_section(root, schema.tail, {}, layout, context);
  limit_layers(sections.structures, fewest_layers(sections.train.settings, layout));
  std::set<std::string> used;
  if (const AxisNode* topology = layout.find("topology")) collect_words(*topology->values, used);
  const Node* train = root.find(schema.train.name);
  if (!train) return sections;
  for (const Entry& entry : train->entries) {
    if (entry.key != "sparsity") apply_to_topologies(entry, used, sections.topologies, context);
  }
  return sections;
}

}  // namespace espalier::grid
