// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <stdexcept>

#include "record/store.hpp"

namespace espalier::record {
namespace {

std::uint32_t crc_of(std::span<const std::byte> state, std::size_t row) {
  const std::uint64_t number = row;  // a slot that was mixed up with another is damaged
  return crc32(state, crc32(std::as_bytes(std::span(&number, 1))));
}

}  // namespace

void write_checkpoint(const Store& store, std::size_t row, std::span<const std::byte> state) {
  const ModelExtent& place = store.model_extents.at(row);
  if (sizeof(SlotHead) + state.size() > place.slot_bytes)
    throw std::logic_error(
        fmt::format("the state of model {} takes {} bytes, its slot has {}", row, state.size(), place.slot_bytes));
  const SlotHead head{state.size(), crc_of(state, row)};
  store.checkpoints.write(place.slot + sizeof head, state.size(), state);
  store.checkpoints.write(place.slot, sizeof head, std::as_bytes(std::span(&head, 1)));
}

std::vector<std::byte> read_checkpoint(const Store& store, std::size_t row) {
  const ModelExtent& place = store.model_extents.at(row);
  SlotHead head;
  if (place.slot_bytes < sizeof head) return {};
  store.checkpoints.read(place.slot, sizeof head, std::as_writable_bytes(std::span(&head, 1)));
  if (head.bytes == 0 || head.bytes > place.slot_bytes - sizeof head) return {};
  std::vector<std::byte> state(head.bytes);
  store.checkpoints.read(place.slot + sizeof head, state.size(), state);
  if (crc_of(state, row) != head.crc) return {};
  return state;
}

std::uint64_t kept_epochs(const Store& store, std::size_t row) {
  const ModelExtent& place = store.model_extents.at(row);
  std::uint64_t epochs = 0;
  SlotHead head;
  if (place.slot_bytes < sizeof head + sizeof epochs) return 0;
  store.checkpoints.read(place.slot, sizeof head, std::as_writable_bytes(std::span(&head, 1)));
  if (head.bytes < sizeof epochs) return 0;
  store.checkpoints.read(place.slot + sizeof head, sizeof epochs, std::as_writable_bytes(std::span(&epochs, 1)));
  return epochs <= store.epochs.data.dims().at(1) ? epochs : 0;  // more than any model has: damaged
}

}  // namespace espalier::record
