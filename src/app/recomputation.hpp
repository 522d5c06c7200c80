// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "espalier/core/plan.hpp"
#include "espalier/core/rows.hpp"
#include "espalier/record/verify.hpp"
#include "espalier/run/run_job.hpp"

namespace espalier::app {

/// Takes the place of a results file while finished rows of it are computed again: compares each bit for bit with the stored row,
/// and changes nothing.
class Recomputation {
 public:
  Recomputation(const std::string& file, const core::Plan& plan) : rows_(file), plan_(plan) {}
  Recomputation(const Recomputation&) = delete;
  Recomputation& operator=(const Recomputation&) = delete;

  /// A cell finds the model, fit and tail that were computed again. Must not outlive this, as the next one.
  run::Store computed_store();
  /// A cell finds the stored model, fit and tail.
  run::Store stored_store();
  /// What computed_store() does not hold yet of what a cell needs, and the cell.
  std::vector<core::Job> jobs_of(std::size_t cell) const;

  std::size_t cells() const { return cells_; }  ///< compared so far
  /// "cell 0123456789abcdef" for each row whose bits differ, with the reason where the computation failed.
  const std::vector<std::string>& differing() const { return differing_; }
  const std::map<std::size_t, core::CellResult>& differing_cells() const { return differing_cells_; }

 private:
  bool is_same(core::RowRef ref, const core::AnyResult& computed);
  void compare(std::size_t row, const core::AnyResult& computed);

  record::RowReader rows_;
  const core::Plan& plan_;
  core::PerTable<std::map<std::size_t, core::AnyResult>> computed_;  ///< by row; cells are not kept
  std::map<std::size_t, core::CellResult> differing_cells_;
  std::vector<std::string> differing_;
  std::size_t cells_ = 0;
};

}  // namespace espalier::app
