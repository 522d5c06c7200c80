// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "record/store.hpp"

namespace espalier::record {
namespace {

using core::Status;

struct Payload {
  std::vector<double> epochs;          ///< max epochs x fields
  std::vector<std::uint32_t> degrees;  ///< max epochs x sparse layers x 2 x bins
  std::vector<float> weights;
  std::vector<std::uint32_t> links;
  std::uint32_t crc() const {
    return crc32(bytes_of(links), crc32(bytes_of(weights), crc32(bytes_of(degrees), crc32(bytes_of(epochs)))));
  }
};

std::size_t epoch_numbers(const Store& store) { return store.epochs.data.row_bytes() / sizeof(double); }
std::size_t degree_numbers(const Store& store) { return store.degrees.row_bytes() / sizeof(std::uint32_t); }
constexpr std::size_t layer_numbers = 2 * core::degree_bins;  ///< of one layer in one epoch
std::size_t room_for_layers(const Store& store) { return store.degrees.dims().at(2); }

Payload read_payload(const Store& store, std::size_t row, Status status) {
  Payload out;
  if (status != Status::done && status != Status::failed) return out;
  out.epochs.resize(epoch_numbers(store));
  store.epochs.data.read(row, 1, bytes_of(out.epochs));
  out.degrees.resize(degree_numbers(store));
  store.degrees.read(row, 1, bytes_of(out.degrees));
  if (status == Status::failed) return out;
  const ModelExtent& place = store.model_extents.at(row);
  out.weights.resize(place.weights);
  out.links.resize(place.links);
  store.weights.read(place.weight, place.weights, bytes_of(out.weights));
  store.links.read(place.link, place.links, bytes_of(out.links));
  return out;
}

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

void pack_layers(const core::ModelResult& result, const ModelExtent& place, std::size_t row, Payload& out) {
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

Payload write_payload(const Store& store, std::size_t row, const core::ModelResult& result, Status status) {
  Payload out;
  if (status != Status::done && status != Status::failed) return out;
  out.epochs = pack_epochs(result.epochs, epoch_numbers(store));
  out.degrees = pack_degrees(result.epochs, store);
  const ModelExtent& place = store.model_extents.at(row);
  if (status == Status::done) pack_layers(result, place, row, out);
  store.epochs.data.write(row, 1, bytes_of(out.epochs));
  store.degrees.write(row, 1, bytes_of(out.degrees));
  if (status == Status::failed) return out;
  store.weights.write(place.weight, place.weights, bytes_of(out.weights));
  store.links.write(place.link, place.links, bytes_of(out.links));
  return out;
}

std::vector<std::byte> blank_row(const Store& store, std::size_t row) {
  if (store.fresh_models.empty()) return store.models.read(row);
  const auto fresh = std::span(store.fresh_models).subspan(row * store.models.table.width(), store.models.table.width());
  return {fresh.begin(), fresh.end()};
}

/// The columns that a result sets; the others stay as they were written at creation.
void set_columns(Row& row, const core::ModelResult& result, const RowState& state) {
  set_state(row, state);
  set_fields(row, core::model_fields, result);
  row.set("epochs_done", static_cast<double>(result.epochs.size()));
  for (std::size_t i = 0; i < result.layers.size(); ++i)
    row.set(fmt::format("links_live_{}", i + 1), static_cast<double>(result.layers[i].weight.size()));
}

core::LayerData unpack_layer(const LayerExtent& place, const ModelExtent& model, const Payload& payload) {
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

}  // namespace

bool intact_model(const Store& store, std::size_t row, std::span<const std::byte> bytes) {
  return sealed(bytes, read_payload(store, row, state_of({store.models.table, bytes}).status).crc());
}

void write_model(const Store& store, std::size_t row, const core::ModelResult& result, const RowState& state) {
  auto bytes = blank_row(store, row);
  const Payload payload = write_payload(store, row, result, state.status);
  Row out(store.models.table, bytes);
  set_columns(out, result, state);
  out.seal(payload.crc());
  store.models.data.write(row, 1, bytes);
}

std::optional<core::ModelResult> read_model(const Store& store, std::size_t row) {
  const auto bytes = store.models.read(row);
  const ConstRow in(store.models.table, bytes);
  const RowState state = state_of(in);
  const Payload payload = read_payload(store, row, state.status);
  if (!sealed(bytes, payload.crc())) return std::nullopt;
  core::ModelResult out;
  out.status = state.status;
  out.reason = state.reason;
  out.message = state.message;
  out.seconds = state.seconds;
  read_fields(in, core::model_fields, out);
  out.epochs = unpack_epochs(payload.epochs, static_cast<std::size_t>(in.number("epochs_done")));
  unpack_degrees(payload.degrees, store, store.model_extents.at(row), out.epochs);
  if (state.status == Status::done)
    for (const LayerExtent& place : store.model_extents.at(row).layers)
      out.layers.push_back(unpack_layer(place, store.model_extents[row], payload));
  return out;
}

}  // namespace espalier::record
