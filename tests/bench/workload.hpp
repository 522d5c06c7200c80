// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "espalier/net/network.hpp"

namespace espalier::bench {

/// inputs-width-...-width-10: `depth` hidden sparse layers of the given density with weights scaled by their real fan-in, and a
/// dense last layer.
net::Network make_network(std::uint32_t inputs, std::uint32_t width, int depth, double density, std::uint64_t seed = 20260225);

/// The network that every figure is quoted for: 784-1000-1000-1000-10 at 99 % sparsity.
inline net::Network default_network(std::uint64_t seed = 20260225) { return make_network(784, 1000, 3, 0.01, seed); }

/// 3C3F of arXiv 2606.13801: three convolutions and three fully connected layers on 28 x 28 images, tanh.
net::Network convolutional_network();

std::uint64_t sparse_links(const net::Network& network);

/// Images of 784 random bytes, four of five pixels black as in handwritten digits, and labels below 10.
struct Images {
  std::vector<std::uint8_t> pixels, labels;
  std::vector<std::uint64_t> order;  ///< all image numbers, shuffled
};
Images make_images(std::size_t count);

}  // namespace espalier::bench
