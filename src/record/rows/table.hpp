// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace espalier::record {

/// What a column holds. Text is UTF-8 of a fixed width, padded with zero bytes; numbers are little-endian.
enum class Type { u8, u32, i64, f64, text };

struct Column {
  std::string name;
  Type type = Type::f64;
  std::string unit = "1";
  std::string description{};
  std::size_t size = 0;    ///< bytes; set by Table::add, but for text
  std::size_t offset = 0;  ///< in the row; set by Table::add
};

/// The columns of one compound dataset, packed without padding: every byte of a row means something, so a CRC covers it all.
class Table {
 public:
  /// Throws std::logic_error when the name is taken.
  void add(Column column);
  const std::vector<Column>& columns() const { return columns_; }
  std::size_t width() const { return width_; }
  bool has(std::string_view name) const { return index_.contains(name); }
  /// Throws std::runtime_error when there is no such column.
  const Column& at(std::string_view name) const;
  /// Every column with its unit, one per line: the dataset's description.
  std::string describe() const;

 private:
  std::vector<Column> columns_;
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> index_;
  std::size_t width_ = 0;
};

/// Reads one row of a table.
class ConstRow {
 public:
  ConstRow(const Table& table, std::span<const std::byte> bytes) : table_(&table), bytes_(bytes) {}
  bool has(std::string_view name) const { return table_->has(name); }
  double number(const Column& column) const;
  double number(std::string_view name) const { return number(table_->at(name)); }
  /// A number that counts or points; nothing where damage made it negative, too large or NaN.
  std::optional<std::uint64_t> whole(std::string_view name) const;
  std::string text(const Column& column) const;
  std::string text(std::string_view name) const { return text(table_->at(name)); }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  const Table* table_;
  std::span<const std::byte> bytes_;
};

/// Writes one row. Numbers are doubles, exact for integers up to 2^53; text that is too wide is cut between characters.
class Row {
 public:
  Row(const Table& table, std::span<std::byte> bytes) : table_(&table), bytes_(bytes) {}
  void set(const Column& column, double number);
  void set(const Column& column, std::string_view text);
  void set(std::string_view name, double number) { set(table_->at(name), number); }
  void set(std::string_view name, std::string_view text) { set(table_->at(name), text); }
  /// NaN in every float64 column, zero elsewhere.
  void clear();
  /// Sets the last column, `crc`, to the CRC-32 of `payload` followed by the row's other bytes.
  void seal(std::uint32_t payload_crc);

 private:
  const Table* table_;
  std::span<std::byte> bytes_;
};

/// CRC-32 (zlib's polynomial) of `bytes` behind what `crc` already covers.
std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t crc = 0);

/// Whether a row's last column, `crc`, matches its payload and its other bytes.
bool sealed(std::span<const std::byte> row, std::uint32_t payload_crc);

template <typename T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

template <typename T>
std::span<std::byte> bytes_of(std::vector<T>& values) {
  return std::as_writable_bytes(std::span(values));
}

}  // namespace espalier::record
