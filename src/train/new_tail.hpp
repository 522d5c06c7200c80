// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "espalier/core/random.hpp"
#include "espalier/net/network.hpp"
#include "train/networks.hpp"

namespace espalier::train {

/// `network` with new random weights and biases above hidden layer `layer`, on the same links and scaled by each neuron's fan-in.
net::Network with_new_tail(net::Network network, int layer, Init init, const core::Stream& weights);

/// Weights and then biases of each layer above hidden layer `layer`, from below.
std::vector<float> tail_weights(const net::Network& network, int layer);

}  // namespace espalier::train
