// SPDX-License-Identifier: BSD-3-Clause
// The rows of /models; models_table.cpp has their columns.

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "record/rows/rows.hpp"

namespace espalier::record {
namespace {

using core::Status;

std::size_t epoch_numbers(const Store& store) { return store.epochs.data.row_bytes() / sizeof(double); }
std::size_t degree_numbers(const Store& store) { return store.degrees.row_bytes() / sizeof(std::uint32_t); }
constexpr std::size_t layer_numbers = 2 * core::degree_bins;  ///< of one layer in one epoch
std::size_t room_for_layers(const Store& store) { return store.degrees.dims().at(2); }

std::vector<double> pack_epochs(const std::vector<core::Epoch>& epochs, std::size_t numbers) {
  std::vector<double> out(numbers, std::numeric_limits<double>::quiet_NaN());
  if (epochs.size() * core::epoch_fields.size() > numbers) throw std::logic_error("a model has more epochs than the plan");
  std::size_t i = 0;
  for (const core::Epoch& epoch : epochs)
    for (const auto& field : core::epoch_fields) out[i++] = field.of(epoch);
  return out;
}

std::vector<std::uint32_t> pack_degrees(const std::vector<core::Epoch>& epochs, const Store& store) {
  std::vector<std::uint32_t> out(degree_numbers(store), 0);
  const std::size_t layers = room_for_layers(store);
  for (std::size_t e = 0; e < epochs.size(); ++e) {
    if (epochs[e].degrees.size() > layers) throw std::logic_error("a model has more sparse layers than the plan");
    auto to = out.begin() + static_cast<std::ptrdiff_t>(e * layers * layer_numbers);
    for (const core::LayerDegrees& layer : epochs[e].degrees)
      for (const auto* histogram : {&layer.in, &layer.out}) to = std::ranges::copy(*histogram, to).out;
  }
  return out;
}

void unpack_degrees(const std::vector<std::uint32_t>& numbers, const Store& store, const ModelExtent& place,
                    std::vector<core::Epoch>& epochs) {
  const auto sparse =
      static_cast<std::size_t>(std::ranges::count_if(place.layers, [](const LayerExtent& layer) { return layer.shape.sparse; }));
  for (std::size_t e = 0; e < epochs.size(); ++e) {
    epochs[e].degrees.resize(sparse);
    auto from = numbers.begin() + static_cast<std::ptrdiff_t>(e * room_for_layers(store) * layer_numbers);
    for (core::LayerDegrees& layer : epochs[e].degrees)
      for (auto* histogram : {&layer.in, &layer.out}) {
        std::copy_n(from, core::degree_bins, histogram->begin());
        from += core::degree_bins;
      }
  }
}

void check_shape(const core::LayerData& layer, const LayerExtent& place, std::size_t row) {
  const bool sparse = place.shape.sparse;
  const bool fits = layer.weight.size() == place.weights && layer.bias.size() == place.shape.biases() &&
                    layer.start.size() == (sparse ? place.shape.inputs + std::size_t{1} : 0) &&
                    layer.target.size() == (sparse ? place.shape.links : 0);
  if (!fits)
    throw std::logic_error(fmt::format("model {}: a layer {} x {} has {} weights where the plan has {}", row, place.shape.inputs,
                                       place.shape.outputs, layer.weight.size(), place.weights));
}

void pack_layers(const core::ModelResult& result, const ModelExtent& place, std::size_t row, ModelRows::Payload& out) {
  if (result.layers.size() != place.layers.size())
    throw std::logic_error(fmt::format("model {} has {} layers, the plan {}", row, result.layers.size(), place.layers.size()));
  for (std::size_t i = 0; i < place.layers.size(); ++i) {
    const core::LayerData& layer = result.layers[i];
    check_shape(layer, place.layers[i], row);
    out.weights.insert(out.weights.end(), layer.weight.begin(), layer.weight.end());
    out.weights.insert(out.weights.end(), layer.bias.begin(), layer.bias.end());
    out.links.insert(out.links.end(), layer.start.begin(), layer.start.end());
    out.links.insert(out.links.end(), layer.target.begin(), layer.target.end());
  }
}

core::LayerData unpack_layer(const LayerExtent& place, const ModelExtent& model, const ModelRows::Payload& payload) {
  core::LayerData out;
  out.shape = place.shape;
  const auto weight = payload.weights.begin() + static_cast<std::ptrdiff_t>(place.weight - model.weight);
  const auto bias = weight + static_cast<std::ptrdiff_t>(place.weights);
  out.weight.assign(weight, bias);
  out.bias.assign(bias, bias + place.shape.biases());
  if (!place.shape.sparse) return out;
  const auto start = payload.links.begin() + static_cast<std::ptrdiff_t>(place.start - model.link);
  const auto target = payload.links.begin() + static_cast<std::ptrdiff_t>(place.target - model.link);
  out.start.assign(start, target);
  out.target.assign(target, target + static_cast<std::ptrdiff_t>(place.shape.links));
  return out;
}

std::vector<core::Epoch> unpack_epochs(const std::vector<double>& numbers, std::size_t count) {
  std::vector<core::Epoch> out(std::min(count, numbers.size() / core::epoch_fields.size()));
  std::size_t i = 0;
  for (core::Epoch& epoch : out)
    for (const auto& field : core::epoch_fields) field.set(epoch, numbers[i++]);
  return out;
}

/// Failed trainings keep their curves.
bool has_curves(Status status) { return status == Status::done || status == Status::failed; }

}  // namespace

ModelRows::Payload ModelRows::room(const Store& store, std::size_t row, Status status) {
  Payload out;
  if (!has_curves(status)) return out;
  out.epochs.resize(epoch_numbers(store));
  out.degrees.resize(degree_numbers(store));
  if (status == Status::failed) return out;
  out.weights.resize(store.model_extents.at(row).weights);
  out.links.resize(store.model_extents.at(row).links);
  return out;
}

std::vector<Piece> ModelRows::pieces(const Store& store, std::size_t row, Payload& payload) {
  const ModelExtent& place = store.model_extents.at(row);
  return {{&store.epochs.data, row, 1, bytes_of(payload.epochs)},
          {&store.degrees, row, 1, bytes_of(payload.degrees)},
          {&store.weights, place.weight, place.weights, bytes_of(payload.weights)},
          {&store.links, place.link, place.links, bytes_of(payload.links)}};
}

ModelRows::Payload ModelRows::pack(const Store& store, std::size_t row, const Result& result, Status status) {
  Payload out;
  if (!has_curves(status)) return out;
  out.epochs = pack_epochs(result.epochs, epoch_numbers(store));
  out.degrees = pack_degrees(result.epochs, store);
  if (status == Status::done) pack_layers(result, store.model_extents.at(row), row, out);
  return out;
}

void ModelRows::unpack(const Store& store, std::size_t row, const ConstRow& in, Payload payload, Result& out) {
  const ModelExtent& place = store.model_extents.at(row);
  out.epochs = unpack_epochs(payload.epochs, static_cast<std::size_t>(in.number("epochs_done")));
  unpack_degrees(payload.degrees, store, place, out.epochs);
  if (out.status != Status::done) return;
  for (const LayerExtent& layer : place.layers) out.layers.push_back(unpack_layer(layer, place, payload));
}

/// The columns of layers that a result does not have stay as they were at creation.
void ModelRows::set_columns(const Store&, const Result& result, Row& out) {
  out.set("epochs_done", static_cast<double>(result.epochs.size()));
  for (std::size_t i = 0; i < result.layers.size(); ++i)
    out.set(fmt::format("links_live_{}", i + 1), static_cast<double>(result.layers[i].weight.size()));
}

}  // namespace espalier::record
