// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "espalier/record/results_file.hpp"
#include "record/file/runs.hpp"
#include "record/rows/rows.hpp"

namespace espalier::record {
namespace {

/// The state of every row, and whether the row is damaged.
template <typename Use>
void each_state(const Store& store, const StoredTable& table, Intact intact, std::size_t& damaged, Use use) {
  each_row(table, [&](std::size_t number, const ConstRow& row) {
    if (intact(store, number, row.bytes())) {
      use(state_of(row), false);
      return;
    }
    const auto again = settled(store, table, number, intact);
    damaged += again.empty();
    use(again.empty() ? RowState{} : state_of(table.at(again, 0)), again.empty());
  });
}

constexpr Intact any = [](const Store&, std::size_t, std::span<const std::byte>) { return true; };

template <typename Rows>
RowProgress progress_of(const Store& store, Trust trust, std::size_t& damaged) {
  RowProgress out;
  each_state(store, store.*Rows::states, trust == Trust::checked ? is_intact<Rows> : any, damaged,
             [&](const RowState& state, bool is_damaged) {
               out.status.push_back(state.status);
               out.reasons.push_back(state.reason);
               out.messages.push_back(state.message);
               out.attempts.push_back(state.attempt);
               out.crashes.push_back(state.crashes);
               out.damaged.push_back(is_damaged);
             });
  return out;
}

/// Counts what `use` sees too: the state of every row, with its number.
template <typename Use>
RowCounts counts_of(const Store& store, const StoredTable& table, Use use) {
  RowCounts out;
  std::size_t damaged = 0;
  each_state(store, table, any, damaged, [&](const RowState& state, bool) {
    use(out.all++, state);
    out.done += state.status == core::Status::done;
    out.failed += state.status == core::Status::failed;
    out.running += state.status == core::Status::started;
    out.not_needed += state.status == core::Status::not_needed;
  });
  return out;
}

}  // namespace

Progress read_progress(const std::filesystem::path& path, Trust trust) {
  const Store store = open_store(path);
  Progress out;
  for (const core::Work work : core::all_work)
    out.of(work) = with_rows(work, [&](auto rows) { return progress_of<decltype(rows)>(store, trust, out.damaged_rows); });
  return out;
}

std::vector<RowHistory> interrupted_rows(const Progress& progress) {
  std::vector<RowHistory> out;
  for (const core::Work work : core::all_work) {
    const RowProgress& rows = progress.of(work);
    for (std::size_t row = 0; row < rows.status.size(); ++row)
      if (rows.status[row] != core::Status::done && rows.attempts[row] > 0)
        out.push_back({{work, row}, rows.attempts[row], rows.crashes[row]});
  }
  return out;
}

Summary summarise(const std::filesystem::path& path) {
  const Store store = open_store(path);
  Summary out;
  out.name = h5::text_attribute(store.file.id(), "name");
  out.runs = read_runs(store);
  const auto nothing = [](std::size_t, const RowState&) {};
  out.fits = counts_of(store, store.noise, nothing);
  out.tails = counts_of(store, store.tails, nothing);
  out.models = counts_of(store, store.models, [&](std::size_t model, const RowState& state) {
    if (state.status != core::Status::done) out.kept_epochs += kept_epochs(store, model);
  });
  out.cells = counts_of(store, store.results, [&](std::size_t, const RowState& state) {
    if (state.status != core::Status::done) return;
    out.done_in_last_run += state.run + 1 == out.runs.size();
    out.seconds_done += state.seconds;
  });
  return out;
}

}  // namespace espalier::record
