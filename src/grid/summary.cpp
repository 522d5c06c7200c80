// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "grid/expansion.hpp"
#include "grid/values.hpp"

namespace espalier::grid {
namespace {

/// How often a kind is chosen, and the values that each of its parameters takes, in order.
struct Group {
  std::size_t count = 0;
  std::map<std::string, std::vector<std::string>> parameters;
  std::map<std::string, std::map<std::string, bool>> seen;
};

constexpr std::size_t most_values = 20;  // of one parameter that are listed

std::string name_of(const core::Value& value) {
  const auto* nested = std::get_if<std::vector<core::Settings>>(&value);
  return nested ? nested->front().kind : text_of(value);
}

void add(const Choice& choice, Group& group) {
  ++group.count;
  for (const auto& [name, value] : choice.settings.values) {
    if (name == "definition") continue;  // no choice of the user's
    auto& seen = group.seen[name];
    if (seen.size() <= most_values && seen.emplace(name_of(value), true).second) group.parameters[name].push_back(name_of(value));
  }
}

/// "remove-links: level 0.1 0.2 0.3, order random weakest"
std::vector<std::string> describe(const std::vector<AxisValue>& values_of_axis) {
  std::vector<std::string> kinds;
  std::map<std::string, Group> groups;
  for (const AxisValue& value : values_of_axis) {
    const Choice& choice = std::get<Choice>(value);
    if (!groups.contains(choice.settings.kind)) kinds.push_back(choice.settings.kind);
    add(choice, groups[choice.settings.kind]);
  }
  std::vector<std::string> lines;
  for (const std::string& kind : kinds) {
    std::vector<std::string> parts;
    for (auto& [name, values] : groups[kind].parameters) {
      if (values.size() > most_values) values.back() = "...";
      parts.push_back(name + " " + joined(values, " "));
    }
    lines.push_back(kind + (parts.empty() ? "" : ": ") + joined(parts));
  }
  return lines;
}

std::vector<std::string> describe(const Axis& axis) {
  if (!std::holds_alternative<ChoiceAxis>(axis.kind.domain)) {
    std::vector<std::string> all;
    for (const AxisValue& value : axis.values) all.push_back(text_of(std::get<core::Value>(value)));
    return all;
  }
  return describe(axis.values);
}

}  // namespace

std::vector<core::AxisSummary> summarise(const std::vector<Axis>& axes) {
  std::vector<core::AxisSummary> all;
  for (const Axis& axis : axes) {
    if (axis.absent) continue;
    core::AxisSummary summary{axis.kind.name, describe(axis)};
    for (const Axis& other : axes)
      if (other.group == axis.group && &other != &axis) summary.zipped_with.push_back(other.kind.name);
    all.push_back(std::move(summary));
  }
  return all;
}

}  // namespace espalier::grid
