// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "espalier/core/plan.hpp"
#include "record/tables/parameters.hpp"

namespace espalier::record {

/// The table /cells. Its rows are made block by block: a grid can have millions of cells, but they share few settings, and only
/// these are kept.
class CellsTable {
 public:
  explicit CellsTable(const core::Plan& plan);

  const Table& table() const { return table_; }
  /// The bytes of `count` rows from row `first` on.
  std::vector<std::byte> rows(std::size_t first, std::size_t count) const;

 private:
  /// What rows that share a setting have in common.
  struct Part {
    Flat parameters;
    std::vector<std::pair<std::size_t, Plain>> columns;  ///< the same, by the number of the column
  };
  using Parts = std::unordered_map<const core::Settings*, Part>;

  void collect();
  void add_columns();
  void resolve(Part& part) const;
  void write(Row& row, const core::Cell& cell) const;
  void write(Row& row, const Part& part) const;

  const core::Plan& plan_;
  Table table_;
  std::vector<Part> models_, tails_;            // by row
  Parts perturbations_, noises_, evaluations_;  // by setting
};

}  // namespace espalier::record
