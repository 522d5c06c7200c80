// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "espalier/core/settings.hpp"
#include "espalier/net/classifier.hpp"

namespace espalier::train {

/// Adversarial training [Madry et al. 2018]: part of every batch is replaced by what projected gradient descent (linf) makes of
/// it against the network as it is at that step.
struct AdversarialSettings {
  double level = 0;              ///< eps, pixel values
  int steps = 10;                ///< of the attack
  std::optional<double> step{};  ///< length of a step as a share of eps; absent: as the attack's own default
  double share = 1;              ///< of every batch

  /// Images of a batch of `batch` images that are replaced.
  std::uint32_t of(std::size_t batch) const;
};

/// Read from a model's topology settings; nothing where the model is trained on clean images.
std::optional<AdversarialSettings> read_adversarial(const core::Settings& topology);

/// Images (D x B, in [0, 1]) that `network` gets wrong, made of the clean ones in epoch `epoch`. A pure function of its
/// arguments.
using Adversary = std::function<net::Matrix(const net::Network& network, const net::Batch& clean,
                                            std::span<const std::uint8_t> labels, int epoch)>;

}  // namespace espalier::train
