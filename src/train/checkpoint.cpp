// SPDX-License-Identifier: BSD-3-Clause
#include "train/checkpoint.hpp"

#include <algorithm>

#include "espalier/train/trainer.hpp"
#include "train/settings.hpp"

namespace espalier::train {
namespace {

void walk(Archive& archive, net::Layer& layer) {
  auto* sparse = std::get_if<net::SparseLayer>(&layer);
  if (sparse) {
    archive.numbers(sparse->start);
    archive.numbers(sparse->target);
  }
  archive.numbers(net::weights(layer));
  archive.numbers(net::biases(layer));
  if (sparse && archive.restores()) net::index_by_output(*sparse);
}

std::size_t sparse_layers(const net::Network& network) {
  return static_cast<std::size_t>(std::ranges::count_if(network.layers, net::is_sparse));
}

std::size_t epoch_bytes(std::size_t layers) {
  return core::epoch_fields.size() * sizeof(double) + layers * sizeof(core::LayerDegrees);
}

void walk(Archive& archive, const Progress& progress) {
  archive.number(progress.step);
  for (net::Layer& layer : progress.network.layers) walk(archive, layer);
  progress.optimizer.walk(archive);
  progress.census.walk(archive);
  for (core::Epoch& epoch : progress.epochs) {
    for (const core::Field<core::Epoch>& field : core::epoch_fields) {
      double number = field.of(epoch);
      archive.number(number);
      field.set(epoch, number);
    }
    epoch.degrees.resize(sparse_layers(progress.network));
    archive.numbers(epoch.degrees);
  }
}

}  // namespace

std::vector<std::byte> save(const Progress& progress) {
  Archive archive;
  std::uint64_t epochs = progress.epochs.size();
  archive.number(epochs);
  walk(archive, progress);
  return archive.saved();
}

void restore(std::span<const std::byte> saved, const Progress& progress) {
  std::uint64_t epochs = 0;
  if (saved.size() < sizeof epochs) return;
  Archive archive(saved);
  archive.number(epochs);
  const std::size_t without = save(progress).size();  // nothing was done yet: the state without epochs
  const std::size_t per_epoch = epoch_bytes(sparse_layers(progress.network));
  if (saved.size() < without || (saved.size() - without) % per_epoch != 0 || (saved.size() - without) / per_epoch != epochs)
    return;
  progress.epochs.resize(epochs);
  walk(archive, progress);
}

std::uint64_t checkpoint_bytes(const core::ModelSpec& spec, const std::vector<core::LayerShape>& shapes) {
  const TrainSettings settings = read_train(spec.train);
  const std::uint64_t moments = settings.adam ? 2 : 1;
  const auto sparse = static_cast<std::size_t>(std::ranges::count_if(shapes, &core::LayerShape::sparse));
  std::uint64_t bytes = 4 * sizeof(std::uint64_t) + static_cast<std::uint64_t>(settings.epochs) * epoch_bytes(sparse);
  for (const core::LayerShape& shape : shapes) {
    const std::uint64_t places = std::uint64_t{shape.inputs} * shape.outputs;
    bytes += sizeof(float) * (1 + moments) * (shape.links + shape.biases());
    if (shape.sparse) bytes += sizeof(std::uint32_t) * (shape.inputs + 1 + shape.links) + 2 * ((places + 7) / 8);
  }
  return bytes;
}

}  // namespace espalier::train
