// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/record/needed.hpp"

#include <limits>

#include "espalier/core/metrics.hpp"
#include "record/file/header.hpp"
#include "record/rows/rows.hpp"

namespace espalier::record {
namespace {

using core::Status;

/// Rows that ended keep their results: they may come from another file.
template <typename Rows>
void mark(const Store& store, const std::vector<bool>& needed) {
  each_row(store.*Rows::states, [&](std::size_t row, const ConstRow& stored) {
    RowState state = state_of(stored);
    const Status from = needed[row] ? Status::not_needed : Status::to_do;
    if (state.status != from) return;
    state.status = needed[row] ? Status::to_do : Status::not_needed;
    write_row<Rows>(store, row, {}, state);
  });
}

}  // namespace

std::vector<double> read_metric(const std::filesystem::path& path, std::size_t metric) {
  const Store store = open_store(path);
  std::vector<double> values;
  const std::string_view name = core::metrics.at(metric).name;
  each_row(store.results, [&](std::size_t, const ConstRow& row) {
    const bool done = state_of(row).status == Status::done;
    values.push_back(done && row.has(name) ? row.number(name) : std::numeric_limits<double>::quiet_NaN());
  });
  return values;
}

bool has_until(const std::filesystem::path& path) {
  const Store store = open_store(path);
  return h5::has_attribute(store.file.id(), "until");
}

void mark_not_needed(const std::filesystem::path& path, const Needed& needed) {
  Store store = open_store(path, Access::write);
  for (const core::Work work : core::all_work) with_rows(work, [&](auto rows) { mark<decltype(rows)>(store, needed.of(work)); });
  close_store(std::move(store), path);
}

}  // namespace espalier::record
