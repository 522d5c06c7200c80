// SPDX-License-Identifier: BSD-3-Clause
// The table /tails: one row per retrained tail.

#include <fmt/core.h>

#include <stdexcept>

#include "espalier/core/noise_settings.hpp"
#include "record/rows/rows.hpp"
#include "record/tables/plan_columns.hpp"

namespace espalier::record {

std::vector<TailExtent> tail_extents(const core::Plan& plan, const std::vector<ModelExtent>& models) {
  std::vector<TailExtent> places;
  std::uint64_t weight = 0;
  for (const core::TailSpec& tail : plan.tails) {
    const std::vector<LayerExtent>& layers = models.at(tail.model).layers;
    TailExtent place{weight, 0};
    for (std::size_t l = static_cast<std::size_t>(core::read_noise(tail.noise).layer); l < layers.size(); ++l)
      place.weights += layers[l].weights + layers[l].shape.biases();
    weight += place.weights;
    places.push_back(place);
  }
  return places;
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

std::vector<TailExtent> read_tail_extents(const StoredTable& tails, const h5::Dataset& weights) {
  std::vector<TailExtent> places;
  each_row(tails, [&](std::size_t, const ConstRow& row) {
    const TailExtent place{place_in(row, "weight_offset"), place_in(row, "weights")};
    const bool inside = place.weights <= weights.rows() && place.weight <= weights.rows() - place.weights;
    places.push_back(inside ? place : TailExtent{});
  });
  return places;
}

TailRows::Payload TailRows::room(const Store& store, std::size_t row, core::Status status) {
  if (status != core::Status::done) return {};
  return {std::vector<float>(store.tail_extents.at(row).weights)};
}

std::vector<Piece> TailRows::pieces(const Store& store, std::size_t row, Payload& payload) {
  return {{&store.tail_weights, store.tail_extents.at(row).weight, payload.weights.size(), bytes_of(payload.weights)}};
}

TailRows::Payload TailRows::pack(const Store& store, std::size_t row, const Result& result, core::Status status) {
  if (status != core::Status::done) return {};
  if (result.weights.size() != store.tail_extents.at(row).weights)
    throw std::logic_error(fmt::format("tail {} has another size than the plan says", row));
  return {result.weights};
}

void TailRows::unpack(const Store&, std::size_t, const ConstRow&, Payload payload, Result& out) {
  out.weights = std::move(payload.weights);
}

}  // namespace espalier::record
