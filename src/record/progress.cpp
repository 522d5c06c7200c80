// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "espalier/record/results_file.hpp"
#include "record/runs.hpp"
#include "record/store.hpp"

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

}  // namespace

Progress read_progress(const std::filesystem::path& path, Trust trust) {
  const Store store = open_store(path);
  const auto check = [trust](Intact intact) { return trust == Trust::checked ? intact : any; };
  Progress out;
  each_state(store, store.results, check(intact_cell), out.damaged_rows, [&](const RowState& state, bool) {
    out.cells.push_back(state.status);
    out.cell_reasons.push_back(state.reason);
    out.cell_messages.push_back(state.message);
    out.cell_attempts.push_back(state.attempt);
    out.cell_crashes.push_back(state.crashes);
  });
  each_state(store, store.models, check(intact_model), out.damaged_rows, [&](const RowState& state, bool damaged) {
    out.damaged_models.push_back(damaged);
    out.models.push_back(state.status);
    out.model_reasons.push_back(state.reason);
    out.model_messages.push_back(state.message);
    out.model_attempts.push_back(state.attempt);
    out.model_crashes.push_back(state.crashes);
  });
  each_state(store, store.noise, check(intact_fit), out.damaged_rows, [&](const RowState& state, bool damaged) {
    out.damaged_fits.push_back(damaged);
    out.fits.push_back(state.status);
    out.fit_crashes.push_back(state.crashes);
  });
  each_state(store, store.tails, check(intact_tail), out.damaged_rows, [&](const RowState& state, bool damaged) {
    out.damaged_tails.push_back(damaged);
    out.tails.push_back(state.status);
    out.tail_crashes.push_back(state.crashes);
  });
  return out;
}

Summary summarise(const std::filesystem::path& path) {
  const Store store = open_store(path);
  Summary out;
  out.name = h5::text_attribute(store.file.id(), "name");
  out.runs = read_runs(store);
  out.cells = store.results.data.rows();
  out.models = store.models.data.rows();
  std::size_t damaged = 0;
  each_state(store, store.results, any, damaged, [&](const RowState& state, bool) {
    out.done += state.status == core::Status::done;
    out.failed += state.status == core::Status::failed;
    out.running += state.status == core::Status::started;
    out.not_needed += state.status == core::Status::not_needed;
    out.done_in_last_run += state.status == core::Status::done && state.run + 1 == out.runs.size();
    if (state.status == core::Status::done) out.seconds_done += state.seconds;
  });
  std::size_t model = 0;
  each_state(store, store.models, any, damaged, [&](const RowState& state, bool) {
    const bool done = state.status == core::Status::done;
    out.models_done += done;
    out.models_not_needed += state.status == core::Status::not_needed;
    if (!done) out.kept_epochs += kept_epochs(store, model);
    ++model;
  });
  out.fits = store.noise.data.rows();
  out.tails = store.tails.data.rows();
  each_state(store, store.noise, any, damaged,
             [&](const RowState& state, bool) { out.fits_done += state.status == core::Status::done; });
  each_state(store, store.tails, any, damaged,
             [&](const RowState& state, bool) { out.tails_done += state.status == core::Status::done; });
  return out;
}

}  // namespace espalier::record
