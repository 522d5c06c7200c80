// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include "espalier/core/error.hpp"
#include "espalier/record/results_file.hpp"
#include "record/rows/rows.hpp"

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
template <typename Rows>
void count(const Store& store, Crashes& out) {
  each_row(store.*Rows::states, [&](std::size_t row, const ConstRow& stored) {
    const RowState state = state_of(stored);
    if (state.status != Status::started || !is_intact<Rows>(store, row, stored.bytes())) return;
    const RowState after = after_crash(state);
    write_row<Rows>(store, row, {}, after);
    ++out.interrupted;
    out.given_up += after.status == Status::failed;
  });
}

}  // namespace

Crashes count_crashes(const std::filesystem::path& path) {
  Store store = open_store(path, Access::write);
  Crashes out;
  for (const core::Work work : core::all_work) with_rows(work, [&](auto rows) { count<decltype(rows)>(store, out); });
  close_store(std::move(store), path);
  return out;
}

}  // namespace espalier::record
