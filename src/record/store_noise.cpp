// SPDX-License-Identifier: BSD-3-Clause
// Rows of fitted noises and retrained tails.

#include <fmt/core.h>

#include <limits>
#include <stdexcept>

#include "record/store.hpp"

namespace espalier::record {
namespace {

using core::Status;

struct FitPayload {
  std::vector<double> spectrum, vectors;
  std::uint32_t crc() const { return crc32(bytes_of(vectors), crc32(bytes_of(spectrum))); }
};

FitPayload read_fit_payload(const Store& store, std::size_t row, Status status) {
  FitPayload out;
  if (status != Status::done) return out;
  const FitExtent& place = store.fit_extents.at(row);
  out.spectrum.resize(place.spectrum_numbers);
  out.vectors.resize(place.vector_numbers);
  store.spectra.read(place.spectrum, out.spectrum.size(), bytes_of(out.spectrum));
  store.eigenvectors.read(place.vectors, out.vectors.size(), bytes_of(out.vectors));
  return out;
}

std::vector<float> read_tail_payload(const Store& store, std::size_t row, Status status) {
  std::vector<float> out;
  if (status != Status::done) return out;
  const TailExtent& place = store.tail_extents.at(row);
  out.resize(place.weights);
  store.tail_weights.read(place.weight, out.size(), bytes_of(out));
  return out;
}

/// The row as it was at creation where that is known, so that a damaged one is rewritten whole.
std::vector<std::byte> blank_row(const StoredTable& table, const std::vector<std::byte>& fresh, std::size_t row) {
  if (fresh.empty()) return table.read(row);
  const auto bytes = std::span(fresh).subspan(row * table.table.width(), table.table.width());
  return {bytes.begin(), bytes.end()};
}

[[noreturn]] void other_size(const char* what, std::size_t row) {
  throw std::logic_error(fmt::format("{} {} has another size than the plan says", what, row));
}

template <typename Result>
Result with_state(const RowState& state) {
  Result out;
  out.status = state.status;
  out.reason = state.reason;
  out.message = state.message;
  out.seconds = state.seconds;
  return out;
}

}  // namespace

bool intact_fit(const Store& store, std::size_t row, std::span<const std::byte> bytes) {
  return sealed(bytes, read_fit_payload(store, row, state_of({store.noise.table, bytes}).status).crc());
}

bool intact_tail(const Store& store, std::size_t row, std::span<const std::byte> bytes) {
  const Status status = state_of({store.tails.table, bytes}).status;
  return sealed(bytes, crc32(bytes_of(read_tail_payload(store, row, status))));
}

void write_fit(const Store& store, std::size_t row, const core::FitResult& result, const RowState& state) {
  auto bytes = blank_row(store.noise, store.fresh_noise, row);
  FitPayload payload;
  if (state.status == Status::done) {
    payload = {result.spectrum, result.vectors};
    const FitExtent& place = store.fit_extents.at(row);
    if (payload.spectrum.size() != place.spectrum_numbers || payload.vectors.size() != place.vector_numbers)
      other_size("fit", row);
    store.spectra.write(place.spectrum, payload.spectrum.size(), bytes_of(payload.spectrum));
    store.eigenvectors.write(place.vectors, payload.vectors.size(), bytes_of(payload.vectors));
  }
  Row out(store.noise.table, bytes);
  set_state(out, state);
  set_fields(out, core::fit_fields, result);
  out.seal(payload.crc());
  store.noise.data.write(row, 1, bytes);
}

void write_tail(const Store& store, std::size_t row, const core::TailResult& result, const RowState& state) {
  auto bytes = blank_row(store.tails, store.fresh_tails, row);
  std::uint32_t payload = 0;
  if (state.status == Status::done) {
    const TailExtent& place = store.tail_extents.at(row);
    if (result.weights.size() != place.weights) other_size("tail", row);
    store.tail_weights.write(place.weight, result.weights.size(), bytes_of(result.weights));
    payload = crc32(bytes_of(result.weights));
  }
  Row out(store.tails.table, bytes);
  set_state(out, state);
  set_fields(out, core::tail_fields, result);
  out.seal(payload);
  store.tails.data.write(row, 1, bytes);
}

std::optional<core::FitResult> read_fit(const Store& store, std::size_t row) {
  const auto bytes = store.noise.read(row);
  const ConstRow in(store.noise.table, bytes);
  const RowState state = state_of(in);
  FitPayload payload = read_fit_payload(store, row, state.status);
  if (!sealed(bytes, payload.crc())) return std::nullopt;
  auto out = with_state<core::FitResult>(state);
  read_fields(in, core::fit_fields, out);
  out.spectrum = std::move(payload.spectrum);
  out.vectors = std::move(payload.vectors);
  return out;
}

std::optional<core::TailResult> read_tail(const Store& store, std::size_t row) {
  const auto bytes = store.tails.read(row);
  const ConstRow in(store.tails.table, bytes);
  const RowState state = state_of(in);
  std::vector<float> weights = read_tail_payload(store, row, state.status);
  if (!sealed(bytes, crc32(bytes_of(weights)))) return std::nullopt;
  auto out = with_state<core::TailResult>(state);
  read_fields(in, core::tail_fields, out);
  out.weights = std::move(weights);
  return out;
}

namespace {

/// A damaged number lies outside of every dataset: the row's checksum will not match.
std::uint64_t place_in(const ConstRow& row, const char* column) {
  return row.whole(column).value_or(std::numeric_limits<std::uint64_t>::max());
}

}  // namespace

std::vector<FitExtent> read_fit_extents(const StoredTable& noise, const h5::Dataset& spectra, const h5::Dataset& eigenvectors) {
  std::vector<FitExtent> places;
  each_row(noise, [&](std::size_t, const ConstRow& row) {
    FitExtent place{place_in(row, "units"), place_in(row, "spectrum_offset"), place_in(row, "vector_offset")};
    const bool counted = row.has("vector_numbers");  // not in older files, which decompose all covariances
    place.spectrum_numbers = counted ? place_in(row, "spectrum_numbers") : place.units;
    place.vector_numbers = counted ? place_in(row, "vector_numbers") : place.units * place.units;
    const auto holds = [](const h5::Dataset& dataset, std::uint64_t first, std::uint64_t count) {
      return count <= dataset.rows() && first <= dataset.rows() - count;
    };
    const bool inside =
        holds(spectra, place.spectrum, place.spectrum_numbers) && holds(eigenvectors, place.vectors, place.vector_numbers);
    places.push_back(inside ? place : FitExtent{});  // a damaged row: its checksum will not match
  });
  return places;
}

std::vector<TailExtent> read_tail_extents(const StoredTable& tails, const h5::Dataset& weights) {
  std::vector<TailExtent> places;
  each_row(tails, [&](std::size_t, const ConstRow& row) {
    const TailExtent place{place_in(row, "weight_offset"), place_in(row, "weights")};
    const bool inside = place.weights <= weights.rows() && place.weight <= weights.rows() - place.weights;
    places.push_back(inside ? place : TailExtent{});
  });
  return places;
}

}  // namespace espalier::record
