// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "espalier/core/random.hpp"
#include "espalier/net/network.hpp"

namespace espalier::train {

/// Draws the weights of `layer`, the `number`-th of its network, on the links it has: normal, with variance 2 / fan-in of each
/// neuron [He et al., ICCV 2015]. The fan-in is that of the links it really has, since scaled by the dense one the activations
/// of a 99 % sparse network die away within a few layers.
void draw_weights(net::Layer& layer, const core::Stream& weights, std::uint64_t number);

}  // namespace espalier::train
