#include "espalier/record/verify.hpp"

#include <fmt/core.h>

#include "espalier/core/error.hpp"
#include "record/header.hpp"
#include "record/store.hpp"

namespace espalier::record {
namespace {

/// Checks `rows` row by row; `names` is the table whose `id` says what the row is.
template <typename Intact>
std::size_t check_rows(const StoredTable& rows, const StoredTable& names, const char* what, const char* table, Intact intact,
                       std::vector<std::string>& damaged) {
  for (std::uint64_t row = 0; row < rows.data.rows(); ++row) {
    if (intact(row, rows.read(row))) continue;
    const auto name = names.read(row);
    const std::string id = names.table.has("id") ? names.at(name, 0).text("id") : "";
    damaged.push_back(fmt::format("{} {} (row {} of {})", what, id, row, table));
  }
  return rows.data.rows();
}

template <typename Result>
Result intact_or_refuse(std::optional<Result> result, const std::filesystem::path& path, const char* what, std::size_t row) {
  if (!result) throw core::UserError(fmt::format("{}: {} {} is damaged (its checksum does not match)", path.string(), what, row));
  return *std::move(result);
}

}  // namespace

Checks verify_checksums(const std::filesystem::path& path) {
  check_file(path, true);
  const Store store = open_store(path);
  const auto row_alone = [](std::uint64_t, const std::vector<std::byte>& bytes) { return sealed(bytes, 0); };
  const auto cell = [&](std::uint64_t row, const std::vector<std::byte>& bytes) { return intact_cell(store, row, bytes); };
  const auto model = [&](std::uint64_t row, const std::vector<std::byte>& bytes) { return intact_model(store, row, bytes); };
  Checks out;
  out.cells = check_rows(store.results, store.cells, "cell", "/results", cell, out.damaged);
  out.models = check_rows(store.models, store.models, "model", "/models", model, out.damaged);
  const auto fit = [&](std::uint64_t row, const std::vector<std::byte>& bytes) { return intact_fit(store, row, bytes); };
  const auto tail = [&](std::uint64_t row, const std::vector<std::byte>& bytes) { return intact_tail(store, row, bytes); };
  out.fits = check_rows(store.noise, store.noise, "fit", "/noise", fit, out.damaged);
  out.tails = check_rows(store.tails, store.tails, "tail", "/tails", tail, out.damaged);
  out.runs = check_rows(store.runs, store.runs, "run", "/runs", row_alone, out.damaged);
  return out;
}

core::CellResult read_cell(const std::filesystem::path& path, std::size_t row) {
  return intact_or_refuse(read_cell(open_store(path), row), path, "cell", row);
}

core::ModelResult read_model(const std::filesystem::path& path, std::size_t row) {
  return intact_or_refuse(read_model(open_store(path), row), path, "model", row);
}

core::FitResult read_fit(const std::filesystem::path& path, std::size_t row) {
  return intact_or_refuse(read_fit(open_store(path), row), path, "fit", row);
}

core::TailResult read_tail(const std::filesystem::path& path, std::size_t row) {
  return intact_or_refuse(read_tail(open_store(path), row), path, "tail", row);
}

}  // namespace espalier::record
