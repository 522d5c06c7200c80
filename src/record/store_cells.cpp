// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <limits>
#include <stdexcept>

#include "record/store.hpp"

namespace espalier::record {
namespace {

struct Payload {
  std::vector<std::uint8_t> outcomes;
  std::vector<float> class_accuracy;
  std::uint32_t crc() const { return crc32(bytes_of(class_accuracy), crc32(bytes_of(outcomes))); }
};

Payload read_payload(const Store& store, std::size_t row) {
  const CellExtent& place = store.cell_extents.at(row);
  Payload out;
  out.outcomes.resize(core::outcome_bytes(place.images));
  out.class_accuracy.resize(store.class_accuracy.dims().at(1));
  store.outcomes.read(place.offset, out.outcomes.size(), bytes_of(out.outcomes));
  store.class_accuracy.read(row, 1, bytes_of(out.class_accuracy));
  return out;
}

std::uint32_t write_payload(const Store& store, std::size_t row, const core::CellResult& result) {
  const CellExtent& place = store.cell_extents.at(row);
  if (result.outcomes.size() != core::outcome_bytes(place.images) || result.class_accuracy.size() != place.classes)
    throw std::logic_error(fmt::format("cell {} has {} bytes of outcomes and {} classes; the plan has {} and {}", row,
                                       result.outcomes.size(), result.class_accuracy.size(), core::outcome_bytes(place.images),
                                       place.classes));
  Payload payload{result.outcomes, result.class_accuracy};
  payload.class_accuracy.resize(store.class_accuracy.dims().at(1), std::numeric_limits<float>::quiet_NaN());
  store.outcomes.write(place.offset, payload.outcomes.size(), bytes_of(payload.outcomes));
  store.class_accuracy.write(row, 1, bytes_of(payload.class_accuracy));
  return payload.crc();
}

/// Files from before a metric was known lack its column; every other one has to be there.
bool known(const Store& store, const core::Metric& metric) { return !metric.asked || store.results.table.has(metric.name); }

bool covers_payload(const RowState& state) { return state.status == core::Status::done; }

}  // namespace

bool intact_cell(const Store& store, std::size_t row, std::span<const std::byte> bytes) {
  const RowState state = state_of({store.results.table, bytes});
  return sealed(bytes, covers_payload(state) ? read_payload(store, row).crc() : 0);
}

void write_cell(const Store& store, std::size_t row, const core::CellResult& result, const RowState& state) {
  const std::uint32_t payload_crc = covers_payload(state) ? write_payload(store, row, result) : 0;
  std::vector<std::byte> bytes(store.results.table.width());
  Row out(store.results.table, bytes);
  out.clear();
  set_state(out, state);
  out.set("correct", result.correct);
  out.set("judged", result.images);
  for (std::size_t i = 0; i < core::metrics.size(); ++i)
    if (known(store, core::metrics[i])) out.set(core::metrics[i].name, result.values[i]);
  out.seal(payload_crc);
  store.results.data.write(row, 1, bytes);
}

std::optional<core::CellResult> read_cell(const Store& store, std::size_t row) {
  const auto bytes = store.results.read(row);
  const ConstRow in(store.results.table, bytes);
  const RowState state = state_of(in);
  Payload payload;
  if (covers_payload(state)) payload = read_payload(store, row);
  if (!sealed(bytes, payload.crc())) return std::nullopt;
  core::CellResult out;
  out.status = state.status;
  out.reason = state.reason;
  out.message = state.message;
  out.seconds = state.seconds;
  out.correct = static_cast<std::uint32_t>(in.number("correct"));
  out.images = static_cast<std::uint32_t>(in.number("judged"));
  for (std::size_t i = 0; i < core::metrics.size(); ++i)
    if (known(store, core::metrics[i])) out.values[i] = in.number(core::metrics[i].name);
  out.class_accuracy = std::move(payload.class_accuracy);
  if (covers_payload(state)) out.class_accuracy.resize(store.cell_extents.at(row).classes);
  out.outcomes = std::move(payload.outcomes);
  return out;
}

}  // namespace espalier::record
