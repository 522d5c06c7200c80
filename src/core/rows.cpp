// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/core/rows.hpp"

namespace espalier::core {
namespace {

/// Calls `use` with the specification of the row.
template <typename Use>
decltype(auto) with_spec(const Plan& plan, RowRef ref, const Use& use) {
  switch (ref.work) {
    case Work::train:
      return use(plan.models.at(ref.row));
    case Work::fit:
      return use(plan.fits.at(ref.row));
    case Work::retrain:
      return use(plan.tails.at(ref.row));
    default:
      return use(plan.cells.at(ref.row));
  }
}

}  // namespace

AnyResult empty_result(Work work) {
  const PerTable<AnyResult> empty{ModelResult{}, FitResult{}, TailResult{}, CellResult{}};
  return empty.of(work);
}

std::string_view noun(Work work) {
  static constexpr PerTable<std::string_view> nouns{"model", "fit", "tail", "cell"};
  return nouns.of(work);
}

const std::string& id_of(const Plan& plan, RowRef ref) {
  return with_spec(plan, ref, [](const auto& spec) -> const std::string& { return spec.id; });
}

double cost_of(const Plan& plan, RowRef ref) {
  return with_spec(plan, ref, [](const auto& spec) { return spec.cost; });
}

}  // namespace espalier::core
