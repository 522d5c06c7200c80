// SPDX-License-Identifier: BSD-3-Clause
// The rows of /results.

#include <fmt/core.h>

#include <limits>
#include <stdexcept>

#include "record/rows/rows.hpp"

namespace espalier::record {
namespace {

/// Files from before a metric was known lack its column; every other one has to be there.
bool is_stored(const Store& store, const core::Metric& metric) { return !metric.asked || store.results.table.has(metric.name); }

}  // namespace

CellRows::Payload CellRows::room(const Store& store, std::size_t row, core::Status status) {
  if (status != core::Status::done) return {};
  return {std::vector<std::uint8_t>(core::outcome_bytes(store.cell_extents.at(row).images)),
          std::vector<float>(store.class_accuracy.dims().at(1), std::numeric_limits<float>::quiet_NaN())};
}

std::vector<Piece> CellRows::pieces(const Store& store, std::size_t row, Payload& payload) {
  return {{&store.outcomes, store.cell_extents.at(row).offset, payload.outcomes.size(), bytes_of(payload.outcomes)},
          {&store.class_accuracy, row, 1, bytes_of(payload.class_accuracy)}};
}

CellRows::Payload CellRows::pack(const Store& store, std::size_t row, const Result& result, core::Status status) {
  Payload out = room(store, row, status);
  if (status != core::Status::done) return out;
  const std::uint32_t classes = store.cell_extents.at(row).classes;
  if (result.outcomes.size() != out.outcomes.size() || result.class_accuracy.size() != classes)
    throw std::logic_error(fmt::format("cell {} has {} bytes of outcomes and {} classes; the plan has {} and {}", row,
                                       result.outcomes.size(), result.class_accuracy.size(), out.outcomes.size(), classes));
  out.outcomes = result.outcomes;
  std::ranges::copy(result.class_accuracy, out.class_accuracy.begin());
  return out;
}

void CellRows::unpack(const Store& store, std::size_t row, const ConstRow& in, Payload payload, Result& out) {
  for (std::size_t i = 0; i < core::metrics.size(); ++i)
    if (is_stored(store, core::metrics[i])) out.values[i] = in.number(core::metrics[i].name);
  out.outcomes = std::move(payload.outcomes);
  out.class_accuracy = std::move(payload.class_accuracy);
  if (out.status == core::Status::done) out.class_accuracy.resize(store.cell_extents.at(row).classes);
}

void CellRows::set_columns(const Store& store, const Result& result, Row& out) {
  for (std::size_t i = 0; i < core::metrics.size(); ++i)
    if (is_stored(store, core::metrics[i])) out.set(core::metrics[i].name, result.values[i]);
}

}  // namespace espalier::record
