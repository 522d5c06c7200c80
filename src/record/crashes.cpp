// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include "espalier/core/error.hpp"
#include "espalier/record/results_file.hpp"
#include "record/store.hpp"

namespace espalier::record {
namespace {

using core::Status;

/// What becomes of a row that a dead run left as started.
RowState after_crash(RowState state) {
  state.status = ++state.crashes >= most_crashes ? Status::failed : Status::to_do;
  if (state.status == Status::failed) {
    state.reason = core::Reason::crashed;
    state.message = fmt::format("the run ended {} times while it computed this job", state.crashes);
  }
  return state;
}

/// Rows are written one by one: each says for itself whether its crash was counted.
template <typename Result>
void count(const Store& store, const StoredTable& table, bool (*intact)(const Store&, std::size_t, std::span<const std::byte>),
           void (*write)(const Store&, std::size_t, const Result&, const RowState&), Crashes& out) {
  each_row(table, [&](std::size_t row, const ConstRow& stored) {
    const RowState state = state_of(stored);
    if (state.status != Status::started || !intact(store, row, stored.bytes())) return;
    const RowState after = after_crash(state);
    write(store, row, {}, after);
    ++out.interrupted;
    out.given_up += after.status == Status::failed;
  });
}

}  // namespace

Crashes count_crashes(const std::filesystem::path& path) {
  Store store = open_store(path, Access::write);
  Crashes out;
  count<core::CellResult>(store, store.results, intact_cell, write_cell, out);
  count<core::ModelResult>(store, store.models, intact_model, write_model, out);
  count<core::FitResult>(store, store.noise, intact_fit, write_fit, out);
  count<core::TailResult>(store, store.tails, intact_tail, write_tail, out);
  close_store(std::move(store), path);
  return out;
}

}  // namespace espalier::record
