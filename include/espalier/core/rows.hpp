// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "espalier/core/job.hpp"
#include "espalier/core/noise_results.hpp"
#include "espalier/core/results.hpp"

namespace espalier::core {

/// Every kind of work writes rows of one table; this is the order of the tables.
inline constexpr std::array all_work{Work::train, Work::fit, Work::retrain, Work::evaluate};

/// One row of results, in the table that `work` writes.
struct RowRef {
  Work work = Work::evaluate;
  std::size_t row = 0;
};

/// One value per table of results.
template <typename T>
struct PerTable {
  T models{}, fits{}, tails{}, cells{};

  constexpr T& of(Work work) { return pick(*this, work); }
  constexpr const T& of(Work work) const { return pick(*this, work); }

 private:
  template <typename Self>
  static constexpr auto& pick(Self& self, Work work) {
    return work == Work::train ? self.models : work == Work::fit ? self.fits : work == Work::retrain ? self.tails : self.cells;
  }
};

/// The result of a row of any table; the index is that of its work.
using AnyResult = std::variant<ModelResult, FitResult, TailResult, CellResult>;

/// A result of this kind of work that says nothing yet.
AnyResult empty_result(Work work);

inline Work work_of(const AnyResult& result) { return static_cast<Work>(result.index()); }

template <typename Result>
constexpr Work work_of() {
  return std::is_same_v<Result, ModelResult>  ? Work::train
         : std::is_same_v<Result, FitResult>  ? Work::fit
         : std::is_same_v<Result, TailResult> ? Work::retrain
                                              : Work::evaluate;
}

/// What messages call a row that `work` writes: "model", "fit", "tail" or "cell".
std::string_view noun(Work work);

const std::string& id_of(const Plan& plan, RowRef ref);
/// Predicted seconds on one core.
double cost_of(const Plan& plan, RowRef ref);

}  // namespace espalier::core
