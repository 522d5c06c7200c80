// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/record/verify.hpp"

#include <fmt/core.h>

#include "espalier/core/error.hpp"
#include "record/file/header.hpp"
#include "record/file/notes.hpp"
#include "record/rows/rows.hpp"

namespace espalier::record {
namespace {

/// Checks a table row by row; `name` makes what a damaged row is called.
template <typename Name>
std::size_t check_rows(const Store& store, const StoredTable& table, Intact intact, const Name& name,
                       std::vector<std::string>& damaged) {
  for (std::uint64_t row = 0; row < table.data.rows(); ++row)
    if (!intact(store, row, table.read(row)) && settled(store, table, row, intact).empty()) damaged.push_back(name(row));
  return table.data.rows();
}

template <typename Rows>
std::size_t check_results(const Store& store, std::vector<std::string>& damaged) {
  const StoredTable& names = store.*Rows::names;
  const auto name = [&](std::size_t row) { return name_of_row<Rows>(store, row, names.at(names.read(row), 0).text("id")); };
  return check_rows(store, store.*Rows::states, is_intact<Rows>, name, damaged);
}

/// Rows without a payload and without an id.
std::size_t check_plain(const Store& store, const StoredTable& table, const char* noun, std::vector<std::string>& damaged) {
  const Intact intact_alone = [](const Store&, std::size_t, std::span<const std::byte> bytes) { return sealed(bytes, 0); };
  const auto name = [&](std::size_t row) { return fmt::format("{} (row {} of {})", noun, row, table.data.path()); };
  return check_rows(store, table, intact_alone, name, damaged);
}

}  // namespace

Checks verify_checksums(const std::filesystem::path& path) {
  const Store store = open_store(path, Access::read, true);
  Checks out;
  for (const core::Work work : core::all_work)
    out.of(work) = with_rows(work, [&](auto rows) { return check_results<decltype(rows)>(store, out.damaged); });
  out.runs = check_plain(store, store.runs, "run", out.damaged);
  if (const auto notes = notes_of(store)) out.notes = check_plain(store, *notes, "note", out.damaged);
  return out;
}

RowReader::RowReader(const std::filesystem::path& path) : path_(path), store_(std::make_unique<Store>(open_store(path))) {}

RowReader::~RowReader() = default;

core::AnyResult RowReader::read(core::RowRef ref) const {
  return with_rows(ref.work, [&](auto rows) {
    auto result = read_settled<decltype(rows)>(*store_, ref.row);
    if (!result)
      throw core::UserError(
          fmt::format("{}: {} {} is damaged (its checksum does not match)", path_.string(), core::noun(ref.work), ref.row));
    return core::AnyResult(*std::move(result));
  });
}

}  // namespace espalier::record
