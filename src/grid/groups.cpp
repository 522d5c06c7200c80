// SPDX-License-Identifier: BSD-3-Clause
#include "grid/groups.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

namespace espalier::grid {

SeedGroups::SeedGroups(const std::vector<Axis>& axes, const Product& models, const Product& conditions,
                       const Conditions& distinct)
    : axes_(axes), models_(models), conditions_(conditions), distinct_(distinct), of_point_(models.size()) {
  seed_ = static_cast<std::size_t>(&find_axis(axes, "seed") - axes.data());
}

void SeedGroups::add(const ModelRow& model, const std::vector<char>& wanted, std::size_t first) {
  for (const std::uint64_t point : model.points) of_point_[point] = count_;
  for (std::size_t c = 0; c < wanted.size(); ++c)
    if (wanted[c]) rows_.emplace(count_ * distinct_.distinct.size() + c, first++);
  ++count_;
}

std::optional<std::size_t> SeedGroups::row(const Spot& spot) const {
  const auto found = rows_.find(of_point_[spot.model] * distinct_.distinct.size() + distinct_.of_point[spot.condition]);
  return found == rows_.end() ? std::nullopt : std::optional(found->second);
}

/// Where the cell is that the one at `spot` is compared with.
SeedGroups::Spot SeedGroups::second(Spot spot, const UntilRule& rule) const {
  for (const auto& [axis, value] : rule.against) {
    if (axes_[axis].kind.of_model)
      spot.model = models_.with(spot.model, axis, value);
    else
      spot.condition = conditions_.with(spot.condition, axis, value);
  }
  return spot;
}

/// The rows of all seeds at `spot`; the cells of some may be excluded.
std::vector<std::size_t> SeedGroups::seeds(const Spot& spot) const {
  std::vector<std::size_t> rows;
  for (std::size_t seed = 0; seed < axes_[seed_].values.size(); ++seed)
    if (const auto found = row({models_.with(spot.model, seed_, seed), spot.condition})) rows.push_back(*found);
  return rows;
}

/// The group at `spot`, of the seeds that have both cells; empty where nothing is to be decided.
core::SeedGroup SeedGroups::group(const Spot& spot, const UntilRule& rule) const {
  if (rule.against.empty()) return {seeds(spot), {}};
  core::SeedGroup out;
  for (std::size_t seed = 0; seed < axes_[seed_].values.size(); ++seed) {
    const Spot own{models_.with(spot.model, seed_, seed), spot.condition};
    const auto first = row(own), other = row(second(own, rule));
    if (!first || !other || *first == *other) continue;
    out.cells.push_back(*first);
    out.against.push_back(*other);
  }
  return out;
}

void SeedGroups::write(const UntilRule& rule, core::Plan& plan, Context& context) const {
  plan.until = rule.until;
  std::set<std::size_t> known, alone;  // first rows: several points may be one group
  std::set<std::size_t> compared;
  for (std::uint64_t model = 0; model < models_.size(); ++model) {
    if (models_.value(model, seed_) != 0) continue;
    for (std::uint64_t condition = 0; condition < conditions_.size(); ++condition) {
      core::SeedGroup found = group({model, condition}, rule);
      const std::vector<std::size_t> all = found.cells.empty() ? seeds({model, condition}) : std::vector<std::size_t>{};
      if (!all.empty()) alone.insert(all.front());
      if (found.cells.empty() || !known.insert(found.cells.front()).second) continue;
      compared.insert(found.against.begin(), found.against.end());
      plan.groups.push_back(std::move(found));
    }
  }
  if (plan.groups.empty())
    context.problems.add(rule.place,
                         "'against' leaves nothing to compare: no cell of 'grid' has another value and the same seed");
  const auto without =
      std::ranges::count_if(alone, [&](std::size_t row) { return !compared.contains(row) && !known.contains(row); });
  if (without > 0)
    context.remarks.push_back(fmt::format("{} groups have no cells to be compared with ('until'): all their seeds run", without));
}

}  // namespace espalier::grid
