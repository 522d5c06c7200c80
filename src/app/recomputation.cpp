// SPDX-License-Identifier: BSD-3-Clause
#include "app/recomputation.hpp"

#include <fmt/core.h>

#include "app/provenance.hpp"

namespace espalier::app {

bool Recomputation::is_same(core::RowRef ref, const core::AnyResult& computed) {
  if (record::content_hash(computed) == record::content_hash(rows_.read(ref))) return true;
  const auto& result = std::visit([](const core::WorkResult& own) -> const core::WorkResult& { return own; }, computed);
  const bool failed = result.status == core::Status::failed;
  differing_.push_back(fmt::format("{} {}{}", core::noun(ref.work), core::id_of(plan_, ref),
                                   failed ? fmt::format(" (fails now: {})", result.message) : ""));
  return false;
}

void Recomputation::compare(std::size_t row, const core::AnyResult& computed) {
  const core::RowRef ref{core::work_of(computed), row};
  const bool same = is_same(ref, computed);
  if (ref.work != core::Work::evaluate) {
    computed_.of(ref.work)[row] = computed;
    return;
  }
  ++cells_;
  if (!same) differing_cells_[row] = std::get<core::CellResult>(computed);
}

run::Store Recomputation::computed_store() {
  run::Store store = stored_store();
  store.read = [this](core::RowRef ref) { return computed_.of(ref.work).at(ref.row); };
  return store;
}

run::Store Recomputation::stored_store() {
  return {.read = [this](core::RowRef ref) { return rows_.read(ref); },
          .start = [](core::RowRef) {},
          .release = [](core::RowRef) {},
          .write = [this](std::size_t row, const core::AnyResult& result) { compare(row, result); },
          .wanted = [](std::size_t) { return true; },
          .stop = [] { return false; },
          .check_cancelled = {},
          .seconds = now};
}

std::vector<core::Job> Recomputation::jobs_of(std::size_t row) const {
  const core::Cell& cell = plan_.cells[row];
  std::vector<core::Job> jobs;
  if (!computed_.models.contains(cell.model)) jobs.push_back({.work = core::Work::train, .item = cell.model});
  if (cell.fit && !computed_.fits.contains(*cell.fit)) jobs.push_back({.work = core::Work::fit, .item = *cell.fit});
  if (cell.tail && !computed_.tails.contains(*cell.tail)) jobs.push_back({.work = core::Work::retrain, .item = *cell.tail});
  jobs.push_back({.work = core::Work::evaluate, .item = cell.model, .cells = {row}});
  return jobs;
}

}  // namespace espalier::app
