// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "espalier/core/failure.hpp"
#include "espalier/core/kind.hpp"
#include "espalier/core/plan.hpp"
#include "espalier/core/results.hpp"
#include "espalier/data/dataset.hpp"
#include "espalier/net/network.hpp"
#include "espalier/train/adversarial.hpp"

namespace espalier::train {

/// Settings of every model, for the grid: hidden, epochs, batch, optimizer, learning_rate, schedule, ...
core::Kind train_settings();

/// Settings of every retrained tail: those of the training that have a meaning for it.
core::Kind tail_settings();

/// Passes over the training images that settings of a training, or of a tail, ask for.
int epochs(const core::Settings& train);

/// Shapes of the layers that `spec` will have on a data set of this shape: known before any training. Throws core::UserError
/// where its layers do not fit the images, or the topology has no layer that it applies to.
std::vector<core::LayerShape> layer_shapes(const core::ModelSpec& spec, const data::DatasetShape& images);

/// A network before its first step: links drawn, weights scaled by each neuron's real fan-in.
net::Network initial_network(const core::ModelSpec& spec, std::uint64_t master_seed, const data::Dataset& dataset);

/// What the caller wants to hear of a training.
struct Observer {
  core::CancellationCheck check_cancelled{};                                ///< between batches
  std::function<bool(int epoch, const core::Epoch& record)> after_epoch{};  ///< false ends the training with core::Stopped
  /// Between two epochs: may keep what `state` gives, from which the training continues to the same bits.
  std::function<void(const std::function<std::vector<std::byte>()>& state)> save{};
  std::span<const std::byte> resume{};  ///< such a state; empty: from the beginning
};

/// Most bytes that a state of this training takes.
std::uint64_t checkpoint_bytes(const core::ModelSpec& spec, const std::vector<core::LayerShape>& shapes);

/// Trains the model that `spec` describes. Every draw is keyed by the master seed and spec.stream. `adversary` is asked where
/// `spec` says adversarial training (std::logic_error when it is empty); the training loss and accuracy are then those of the
/// batches as they were trained on. Throws core::NotFinite when the loss is no longer a number.
core::ModelResult train(const core::ModelSpec& spec, std::uint64_t master_seed, const data::Dataset& dataset,
                        const Observer& observe, const Adversary& adversary = {});

}  // namespace espalier::train
