// SPDX-License-Identifier: BSD-3-Clause
#include "record/noise_places.hpp"

#include <algorithm>

namespace espalier::record {
namespace {

double number(std::uint64_t x) { return static_cast<double>(x); }

template <typename Rows, typename Text>
std::size_t widest(const Rows& rows, Text text) {
  std::size_t width = 1;
  for (const auto& row : rows) width = std::max(width, text(row).size());
  return width;
}

}  // namespace

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

std::vector<TailExtent> tail_extents(const core::Plan& plan, const std::vector<ModelExtent>& models) {
  std::vector<TailExtent> places;
  std::uint64_t weight = 0;
  for (const core::TailSpec& tail : plan.tails) {
    const std::vector<LayerExtent>& layers = models.at(tail.model).layers;
    TailExtent place{weight, 0};
    for (std::size_t l = static_cast<std::size_t>(tail.noise.integer("layer")); l < layers.size(); ++l)
      place.weights += layers[l].weights + layers[l].shape.biases();
    weight += place.weights;
    places.push_back(place);
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

FilledTable tails_table(const core::Plan& plan, const std::vector<TailExtent>& places) {
  FilledTable out;
  Table& table = out.table;
  table.add({"id", Type::text, "text", "hash of the tail's content", widest(plan.tails, [](auto& t) { return t.id; })});
  table.add({"model", Type::i64, "row of /models", "the network whose upper layers were trained again"});
  table.add({"fit", Type::i64, "row of /noise", "the fitted noise that was on; -1: none"});
  table.add({"noise", Type::text, "text", "the noise that was on",
             widest(plan.tails, [](auto& t) { return core::canonical(t.noise); })});
  add_state(table);
  add_fields(table, core::tail_fields);
  table.add({"weight_offset", Type::i64, "elements of /tail_weights", "first number of the tail"});
  table.add({"weights", Type::i64, "1", "numbers of the tail: weights and biases of each layer above the noise"});
  add_end(table, "when done: its range of /tail_weights, then this row without crc; else this row");
  out.resize(plan.tails.size());
  for (std::size_t i = 0; i < plan.tails.size(); ++i) {
    const core::TailSpec& tail = plan.tails[i];
    Row row = out.row(i);
    row.clear();
    row.set("id", tail.id);
    row.set("model", number(tail.model));
    row.set("fit", tail.fit ? number(*tail.fit) : -1.0);
    row.set("noise", core::canonical(tail.noise));
    row.set("weight_offset", number(places.at(i).weight));
    row.set("weights", number(places.at(i).weights));
    row.seal(0);
  }
  return out;
}

}  // namespace espalier::record
