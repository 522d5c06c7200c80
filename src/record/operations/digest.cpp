// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "espalier/core/sha256.hpp"
#include "espalier/record/results_file.hpp"
#include "espalier/record/verify.hpp"
#include "record/file/header.hpp"
#include "record/rows/rows.hpp"

namespace espalier::record {
namespace {

/// One finished row: its id and the hash of its result.
struct Entry {
  std::string id, hash;
  auto operator<=>(const Entry&) const = default;
};

template <typename Number>
void add(core::Sha256& hash, Number value) {
  if constexpr (std::is_floating_point_v<Number>)
    if (std::isnan(value)) value = std::numeric_limits<Number>::quiet_NaN();  // all NaNs are one
  hash.add(std::as_bytes(std::span(&value, 1)));
}

template <typename Number>
void add_all(core::Sha256& hash, std::vector<Number> values) {
  if constexpr (std::is_floating_point_v<Number>)
    for (Number& value : values)
      if (std::isnan(value)) value = std::numeric_limits<Number>::quiet_NaN();
  add(hash, std::uint64_t{values.size()});
  hash.add(bytes_of(std::as_const(values)));
}

/// Every field, as the number type that its result has.
template <typename Fields, typename Result>
void add_fields(core::Sha256& hash, const Fields& fields, const Result& result) {
  for (const auto& field : fields) std::visit([&](auto member) { add(hash, result.*member); }, field.member);
}

bool finished(core::Status status) { return status == core::Status::done || status == core::Status::failed; }

void add_rest(core::Sha256& hash, const core::CellResult& cell) {
  for (std::size_t i = 0; i < core::metrics.size(); ++i) {
    if (core::metrics[i].asked && std::isnan(cell.values[i])) continue;
    if (core::metrics[i].asked) hash.add(std::string(core::metrics[i].name));
    add(hash, cell.values[i]);
  }
  add_all(hash, cell.class_accuracy);
  add_all(hash, cell.outcomes);
}

void add_rest(core::Sha256& hash, const core::ModelResult& model) {
  add(hash, std::uint64_t{model.epochs.size()});
  for (const core::Epoch& epoch : model.epochs) {
    add_fields(hash, core::epoch_fields, epoch);
    for (const core::LayerDegrees& layer : epoch.degrees)
      for (const auto* histogram : {&layer.in, &layer.out})
        for (const std::uint32_t count : *histogram) add(hash, count);
  }
  for (const core::LayerData& layer : model.layers) {
    add_all(hash, layer.start);
    add_all(hash, layer.target);
    add_all(hash, layer.weight);
    add_all(hash, layer.bias);
  }
}

void add_rest(core::Sha256& hash, const core::FitResult& fit) {
  add_all(hash, fit.spectrum);
  add_all(hash, fit.vectors);
}

void add_rest(core::Sha256& hash, const core::TailResult& tail) { add_all(hash, tail.weights); }

/// Equal for equal results, whatever time, rank, run or message: those are the columns that the digest leaves out.
template <typename Rows>
std::string hash_of(const typename Rows::Result& result) {
  core::Sha256 hash;
  add(hash, result.status);
  add(hash, result.reason);
  add_fields(hash, Rows::fields, result);
  add_rest(hash, result);
  return hash.hex();
}

/// Hashes row by row in the file's order, so that memory holds one row and the list of hashes.
template <typename Rows>
void add_rows(core::Sha256& hash, const Store& store) {
  std::vector<Entry> entries;
  const StoredTable& names = store.*Rows::names;
  const Column& id = names.table.at("id");
  each_row(names, [&](std::size_t number, const ConstRow& row) {
    const auto result = read_settled<Rows>(store, number);
    if (result && finished(result->status)) entries.push_back({row.text(id), hash_of<Rows>(*result)});
  });
  std::ranges::sort(entries);
  add(hash, std::uint64_t{entries.size()});
  for (const Entry& entry : entries) hash.add(entry.id + " " + entry.hash + "\n");
}

}  // namespace

std::string content_hash(const core::AnyResult& any) {
  return std::visit([]<typename Result>(const Result& result) { return hash_of<RowsOf<Result>>(result); }, any);
}

std::string digest(const std::filesystem::path& path) {
  const Store store = open_store(path, Access::read, true);
  core::Sha256 hash;
  hash.add("espalier digest 1\n");
  add_rows<CellRows>(hash, store);
  add_rows<ModelRows>(hash, store);
  add_rows<FitRows>(hash, store);
  add_rows<TailRows>(hash, store);
  return hash.hex();
}

}  // namespace espalier::record
