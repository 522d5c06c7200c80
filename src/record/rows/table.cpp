// SPDX-License-Identifier: BSD-3-Clause
#include "record/rows/table.hpp"

#include <fmt/core.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace espalier::record {
namespace {

std::size_t size_of(const Column& column) {
  switch (column.type) {
    case Type::u8:
      return 1;
    case Type::u32:
      return 4;
    case Type::i64:
    case Type::f64:
      return 8;
    case Type::text:
      return std::max<std::size_t>(column.size, 1);
  }
  throw std::logic_error("unknown column type");
}

template <typename T>
T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <typename T>
void store(std::byte* to, double number) {
  const T value = static_cast<T>(number);
  std::memcpy(to, &value, sizeof value);
}

/// The longest prefix of at most `width` bytes that does not end inside a UTF-8 character.
std::string_view cut(std::string_view text, std::size_t width) {
  if (text.size() <= width) return text;
  while (width > 0 && (static_cast<unsigned char>(text[width]) & 0xC0) == 0x80) --width;
  return text.substr(0, width);
}

}  // namespace

void Table::add(Column column) {
  column.size = size_of(column);
  column.offset = width_;
  if (!index_.emplace(column.name, columns_.size()).second)
    throw std::logic_error(fmt::format("two columns are called '{}'", column.name));
  width_ += column.size;
  columns_.push_back(std::move(column));
}

const Column& Table::at(std::string_view name) const {
  const auto found = index_.find(name);
  if (found == index_.end()) throw std::runtime_error(fmt::format("there is no column '{}'", name));
  return columns_[found->second];
}

std::string Table::describe() const {
  std::string out;
  for (const Column& column : columns_) out += fmt::format("{} [{}]: {}\n", column.name, column.unit, column.description);
  return out;
}

double ConstRow::number(const Column& column) const {
  const std::byte* at = bytes_.data() + column.offset;
  switch (column.type) {
    case Type::u8:
      return load<std::uint8_t>(at);
    case Type::u32:
      return load<std::uint32_t>(at);
    case Type::i64:
      return static_cast<double>(load<std::int64_t>(at));
    case Type::f64:
      return load<double>(at);
    case Type::text:
      break;
  }
  throw std::runtime_error(fmt::format("column '{}' is not a number", column.name));
}

std::optional<std::uint64_t> ConstRow::whole(std::string_view name) const {
  const double value = number(name);
  return value >= 0 && value < 9e15 ? std::optional(static_cast<std::uint64_t>(value)) : std::nullopt;
}

std::string ConstRow::text(const Column& column) const {
  if (column.type != Type::text) throw std::runtime_error(fmt::format("column '{}' is not text", column.name));
  std::string out(column.size, '\0');
  std::memcpy(out.data(), bytes_.data() + column.offset, column.size);
  return out.substr(0, out.find('\0'));
}

void Row::set(const Column& column, double number) {
  std::byte* at = bytes_.data() + column.offset;
  switch (column.type) {
    case Type::u8:
      return store<std::uint8_t>(at, number);
    case Type::u32:
      return store<std::uint32_t>(at, number);
    case Type::i64:
      return store<std::int64_t>(at, number);
    case Type::f64:
      return store<double>(at, number);
    case Type::text:
      throw std::logic_error(fmt::format("column '{}' is text", column.name));
  }
}

void Row::set(const Column& column, std::string_view text) {
  if (column.type != Type::text) throw std::logic_error(fmt::format("column '{}' is not text", column.name));
  const auto field = bytes_.subspan(column.offset, column.size);
  const std::string_view kept = cut(text, column.size);
  std::ranges::fill(field, std::byte{0});
  std::memcpy(field.data(), kept.data(), kept.size());
}

void Row::clear() {
  std::ranges::fill(bytes_, std::byte{0});
  for (const Column& column : table_->columns())
    if (column.type == Type::f64) set(column, std::numeric_limits<double>::quiet_NaN());
}

void Row::seal(std::uint32_t payload_crc) { set("crc", crc32(bytes_.first(bytes_.size() - sizeof(std::uint32_t)), payload_crc)); }

std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t crc) {
  if (bytes.empty()) return crc;  // zlib starts over when it is given a null pointer
  return static_cast<std::uint32_t>(::crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

bool sealed(std::span<const std::byte> row, std::uint32_t payload_crc) {
  const auto covered = row.first(row.size() - sizeof(std::uint32_t));
  return load<std::uint32_t>(row.data() + covered.size()) == crc32(covered, payload_crc);
}

}  // namespace espalier::record
