// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The rows of all tables of results: reading, writing and checking them, written once.

#include <fmt/core.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "record/tables/result_tables.hpp"

namespace espalier::record {

template <typename Rows>
constexpr core::Work work_of_rows = core::work_of<typename Rows::Result>();

template <typename Rows>
typename Rows::Payload read_payload(const Store& store, std::size_t row, core::Status status, std::uint32_t& crc) {
  auto payload = Rows::room(store, row, status);
  for (const Piece& piece : Rows::pieces(store, row, payload)) {
    if (piece.bytes.empty()) continue;
    piece.data->read(piece.first, piece.count, piece.bytes);
    crc = crc32(piece.bytes, crc);
  }
  return payload;
}

/// Whether the row and the payload it covers match their CRC.
template <typename Rows>
bool is_intact(const Store& store, std::size_t row, std::span<const std::byte> bytes) {
  std::uint32_t crc = 0;
  read_payload<Rows>(store, row, state_of({(store.*Rows::states).table, bytes}).status, crc);
  return sealed(bytes, crc);
}

/// Payload first, then the row in one piece. Throws std::logic_error when the sizes are not those of the plan.
template <typename Rows>
void write_row(const Store& store, std::size_t row, const typename Rows::Result& result, const RowState& state) {
  const StoredTable& table = store.*Rows::states;
  auto payload = Rows::pack(store, row, result, state.status);
  std::uint32_t crc = 0;
  for (const Piece& piece : Rows::pieces(store, row, payload)) {
    if (piece.bytes.empty()) continue;
    piece.data->write(piece.first, piece.count, piece.bytes);
    crc = crc32(piece.bytes, crc);
  }
  std::vector<std::byte> bytes = blank_row(store, work_of_rows<Rows>, table, row);
  Row out(table.table, bytes);
  set_state(out, state);
  set_fields(out, Rows::fields, result);
  Rows::set_columns(store, result, out);
  out.seal(crc);
  table.data.write(row, 1, bytes);
}

/// Nothing when the CRC does not match.
template <typename Rows>
std::optional<typename Rows::Result> read_row(const Store& store, std::size_t row) {
  const StoredTable& table = store.*Rows::states;
  const auto bytes = table.read(row);
  const ConstRow in(table.table, bytes);
  const RowState state = state_of(in);
  std::uint32_t crc = 0;
  auto payload = read_payload<Rows>(store, row, state.status, crc);
  if (!sealed(bytes, crc)) return std::nullopt;
  typename Rows::Result out;
  static_cast<core::WorkResult&>(out) = state;
  read_fields(in, Rows::fields, out);
  Rows::unpack(store, row, in, std::move(payload), out);
  return out;
}

/// The same, read again when the CRC does not match: a run may be writing it.
template <typename Rows>
std::optional<typename Rows::Result> read_settled(const Store& store, std::size_t row) {
  for (int tries = 1;; ++tries)
    if (auto result = read_row<Rows>(store, row); result || !may_settle(store, tries)) return result;
}

/// "cell 0123456789abcdef (row 7 of /results)".
template <typename Rows>
std::string name_of_row(const Store& store, std::size_t row, const std::string& id) {
  return fmt::format("{} {} (row {} of {})", core::noun(work_of_rows<Rows>), id, row, (store.*Rows::states).data.path());
}

}  // namespace espalier::record
