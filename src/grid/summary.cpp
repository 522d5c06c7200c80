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
std::vector<std::string> describe(const std::vector<Choice>& choices) {
  std::vector<std::string> kinds;
  std::map<std::string, Group> groups;
  for (const Choice& choice : choices) {
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

template <typename Numbers>
std::vector<std::string> texts(const Numbers& numbers) {
  std::vector<std::string> all;
  for (const auto x : numbers) all.push_back(core::canonical(static_cast<double>(x)));
  return all;
}

}  // namespace

std::vector<core::AxisSummary> summarise(const Axes& axes) {
  std::vector<core::AxisSummary> all{
      {"dataset", axes.datasets},  {"topology", describe(axes.topologies)},        {"sparsity", texts(axes.sparsities)},
      {"seed", texts(axes.seeds)}, {"perturbation", describe(axes.perturbations)}, {"noise", describe(axes.noises)}};
  std::erase_if(all, [&](const core::AxisSummary& summary) { return std::ranges::count(axes.absent, summary.axis) > 0; });
  return all;
}

}  // namespace espalier::grid
