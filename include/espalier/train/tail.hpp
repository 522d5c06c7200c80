// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>

#include "espalier/core/noise_results.hpp"
#include "espalier/net/classifier.hpp"
#include "espalier/train/trainer.hpp"

namespace espalier::train {

/// The retraining of a tail: the layers above hidden layer `layer` (from 1) get new weights on the links that they have, and are
/// trained on the clean images with the noise on; the layers up to `layer` stay as they are [arXiv 2606.13801].
struct TailTask {
  const net::Network& network;
  int layer = 1;
  const net::NoiseSite& noise;  ///< may be empty: the baseline
  const core::Settings& train;  ///< kind "tail"
  const core::Settings& model;  ///< kind "train": how the model's own weights were drawn
  const std::string& stream;    ///< of the model: all tails of one model and layer start from the same weights
};

/// Retrains and tests. Throws core::NotFinite when the loss is no longer a number.
core::TailResult retrain_tail(const TailTask& task, std::uint64_t master_seed, const data::Dataset& dataset,
                              const Observer& observe);

/// `network` with the weights of a retrained tail above hidden layer `layer`. Throws std::runtime_error when their number is
/// not that of the layers.
net::Network with_tail(net::Network network, int layer, std::span<const float> weights);

}  // namespace espalier::train
