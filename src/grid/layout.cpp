// SPDX-License-Identifier: BSD-3-Clause
#include "grid/layout.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "grid/values.hpp"

namespace espalier::grid {
namespace {

constexpr const char* zip = "zip";

void add(AxisNode axis, Layout& layout, Context& context) {
  if (const AxisNode* first = layout.find(axis.name)) {
    context.problems.add(axis.place,
                         fmt::format("{} is given twice (first in {}); give an axis in 'grid' or in one group of 'zip'",
                                     in_quotes(axis.name), context.problems.line_of(first->place)));
    return;
  }
  layout.axes.push_back(std::move(axis));
}

void add_group(const Node& map, std::size_t group, Layout& layout, Context& context) {
  if (map.form != Node::Form::map || map.entries.size() < 2) {
    const std::string what = map.form == Node::Form::map ? fmt::format("{} axis", map.entries.size()) : given(map);
    context.problems.add(map.place,
                         fmt::format("a group of 'zip' must be a map of at least two axes, such as {{sparsity: [0.9, 0.99], "
                                     "train.epochs: [30, 60]}}, given {}",
                                     what));
    return;
  }
  for (const Entry& entry : map.entries) add({entry.key, entry.place, &entry.value, group, true}, layout, context);
}

}  // namespace

const AxisNode* Layout::find(std::string_view name) const {
  const auto found = std::ranges::find(axes, name, &AxisNode::name);
  return found == axes.end() ? nullptr : &*found;
}

std::vector<std::string> Layout::names() const {
  std::vector<std::string> all;
  for (const AxisNode& axis : axes) all.push_back(axis.name);
  return all;
}

Layout read_layout(const Node& grid, Context& context) {
  Layout layout{grid.place};
  std::size_t group = 0;
  for (const Entry& entry : grid.entries) {
    if (entry.key != zip) {
      add({entry.key, entry.place, &entry.value, group++}, layout, context);
    } else {
      for (const Node* map : as_list(entry.value, zip, context)) add_group(*map, group++, layout, context);
    }
  }
  return layout;
}

}  // namespace espalier::grid
