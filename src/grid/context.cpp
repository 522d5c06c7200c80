// SPDX-License-Identifier: BSD-3-Clause
#include "grid/context.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "grid/axes.hpp"

namespace espalier::grid {

bool Context::spend(std::uint64_t count, Place place) {
  const std::uint64_t cells = saturating_product(count, outer);
  const std::uint64_t most = 2 * limits.cells;  // parts of a product and the product itself
  if (cells <= limits.cells && count <= most - spent) {
    spent += count;
    return true;
  }
  if (!too_many)
    problems.add(place,
                 cells > limits.cells ? too_many_cells(cells, limits) : fmt::format("the grid lists more than {} values", most));
  too_many = true;
  return false;
}

std::string too_many_cells(std::uint64_t cells, const Limits& limits) {
  const bool saturated = cells == std::numeric_limits<std::uint64_t>::max();
  return fmt::format("the axes so far multiply to {} cells, at most {} are allowed",
                     saturated ? "too many" : fmt::format("{}", cells), limits.cells);
}

std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return b != 0 && a > most / b ? most : a * b;
}

void report_missing(std::vector<std::string> settings, const core::Kind& section, Place place, Context& context) {
  std::ranges::sort(settings);
  const auto repeated = std::ranges::unique(settings);
  settings.erase(repeated.begin(), repeated.end());
  for (const std::string& name : settings)
    context.problems.add(place, fmt::format("'{}' needs '{}' for some values of the axes of 'grid'", section.name, name));
}

std::string home_of(const std::string& key, const core::Schema& schema) {
  if (std::ranges::find(axis_names(), key) != axis_names().end()) return " (it is an axis of 'grid')";
  for (const core::Kind* section : {&schema.train, &schema.evaluate, &schema.tail})
    if (section->find(key)) return fmt::format(" (it belongs in '{}')", section->name);
  return "";
}

}  // namespace espalier::grid
