// SPDX-License-Identifier: BSD-3-Clause
// The table /noise: one row per fitted noise.

#include <fmt/core.h>

#include <stdexcept>

#include "record/rows/rows.hpp"
#include "record/tables/plan_columns.hpp"

namespace espalier::record {

std::vector<FitExtent> fit_extents(const core::Plan& plan, const std::vector<ModelExtent>& models) {
  std::vector<FitExtent> places;
  FitExtent next;
  for (const core::FitSpec& fit : plan.fits) {
    next.units = models.at(fit.model).layers.at(static_cast<std::size_t>(fit.layer) - 1).shape.outputs;
    next.spectrum_numbers = core::spectrum_numbers(next.units);
    next.vector_numbers = core::vector_numbers(next.units);
    places.push_back(next);
    next.spectrum += next.spectrum_numbers;
    next.vectors += next.vector_numbers;
  }
  return places;
}

FilledTable noise_table(const core::Plan& plan, const std::vector<FitExtent>& places) {
  FilledTable out;
  Table& table = out.table;
  table.add({"id", Type::text, "text", "hash of the fit's content", widest(plan.fits, [](auto& f) { return f.id; })});
  table.add({"model", Type::i64, "row of /models", "the trained network"});
  table.add({"source", Type::text, "text", "perturbation whose effect on the activations is fitted",
             widest(plan.fits, [](auto& f) { return core::canonical(f.source); })});
  table.add({"layer", Type::i64, "1", "hidden layer, counted from 1"});
  table.add({"units", Type::i64, "neurons", "dimension of the covariance"});
  add_state(table);
  add_fields(table, core::fit_fields);
  table.add({"spectrum_offset", Type::i64, "elements of /spectra", "first eigenvalue"});
  table.add(
      {"spectrum_numbers", Type::i64, "1", "eigenvalues, descending: `units`, or 0 where the covariance is not decomposed"});
  table.add({"vector_offset", Type::i64, "elements of /eigenvectors", "first number of the eigenvectors or of the covariance"});
  table.add({"vector_numbers", Type::i64, "1",
             "units x units: one eigenvector per row; or units (units + 1) / 2: the lower triangle of the covariance by rows"});
  add_end(table, "when done: its ranges of /spectra and of /eigenvectors, then this row without crc; else this row");
  out.resize(plan.fits.size());
  for (std::size_t i = 0; i < plan.fits.size(); ++i) {
    Row row = out.row(i);
    row.clear();
    row.set("id", plan.fits[i].id);
    row.set("model", number(plan.fits[i].model));
    row.set("source", core::canonical(plan.fits[i].source));
    row.set("layer", plan.fits[i].layer);
    row.set("units", number(places.at(i).units));
    row.set("spectrum_offset", number(places.at(i).spectrum));
    row.set("spectrum_numbers", number(places.at(i).spectrum_numbers));
    row.set("vector_offset", number(places.at(i).vectors));
    row.set("vector_numbers", number(places.at(i).vector_numbers));
    row.seal(0);
  }
  return out;
}

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

FitRows::Payload FitRows::room(const Store& store, std::size_t row, core::Status status) {
  if (status != core::Status::done) return {};
  const FitExtent& place = store.fit_extents.at(row);
  return {std::vector<double>(place.spectrum_numbers), std::vector<double>(place.vector_numbers)};
}

std::vector<Piece> FitRows::pieces(const Store& store, std::size_t row, Payload& payload) {
  const FitExtent& place = store.fit_extents.at(row);
  return {{&store.spectra, place.spectrum, payload.spectrum.size(), bytes_of(payload.spectrum)},
          {&store.eigenvectors, place.vectors, payload.vectors.size(), bytes_of(payload.vectors)}};
}

FitRows::Payload FitRows::pack(const Store& store, std::size_t row, const Result& result, core::Status status) {
  if (status != core::Status::done) return {};
  const FitExtent& place = store.fit_extents.at(row);
  if (result.spectrum.size() != place.spectrum_numbers || result.vectors.size() != place.vector_numbers)
    throw std::logic_error(fmt::format("fit {} has another size than the plan says", row));
  return {result.spectrum, result.vectors};
}

void FitRows::unpack(const Store&, std::size_t, const ConstRow&, Payload payload, Result& out) {
  out.spectrum = std::move(payload.spectrum);
  out.vectors = std::move(payload.vectors);
}

}  // namespace espalier::record
