// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "espalier/core/random.hpp"
#include "espalier/net/network.hpp"
#include "train/networks.hpp"

namespace espalier::train {

/// Draws the weights and biases of `layer`, the `number`-th of its network, on the links it has. The fan-in of a neuron is that
/// of the links it really has, since scaled by the dense one the activations of a 99 % sparse network die away within a few
/// layers.
void draw_weights(net::Layer& layer, Init init, const core::Stream& weights, std::uint64_t number);

}  // namespace espalier::train
