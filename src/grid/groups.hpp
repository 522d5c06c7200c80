// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "espalier/core/plan.hpp"
#include "grid/conditions.hpp"
#include "grid/models.hpp"
#include "grid/until.hpp"

namespace espalier::grid {

/// Finds the groups of cells that are equal but for the seed.
class SeedGroups {
 public:
  SeedGroups(const std::vector<Axis>& axes, const Product& models, const Product& conditions, const Conditions& distinct);

  /// The plan has the cells of one more model from row `first` on, one per condition that is `wanted`.
  void add(const ModelRow& model, const std::vector<char>& wanted, std::size_t first);
  /// Groups in the order of the grid, and a remark where some have no cells to be compared with.
  void write(const UntilRule& rule, core::Plan& plan, Context& context) const;

 private:
  /// A point of the models and one of the conditions.
  struct Spot {
    std::uint64_t model = 0, condition = 0;
  };

  std::optional<std::size_t> row(const Spot& spot) const;
  Spot second(Spot spot, const UntilRule& rule) const;
  core::SeedGroup group(const Spot& spot, const UntilRule& rule) const;
  std::vector<std::size_t> seeds(const Spot& spot) const;

  const std::vector<Axis>& axes_;
  const Product& models_;
  const Product& conditions_;
  const Conditions& distinct_;
  std::size_t seed_ = 0;                                 ///< number of the axis
  std::vector<std::size_t> of_point_;                    ///< number of the model at each point of the models
  std::unordered_map<std::uint64_t, std::size_t> rows_;  ///< model and distinct condition -> row of the plan
  std::size_t count_ = 0;                                ///< models
};

}  // namespace espalier::grid
