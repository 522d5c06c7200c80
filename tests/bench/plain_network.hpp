// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "espalier/net/reference.hpp"

namespace espalier::bench {

/// The network on the plain kernels of net/reference.hpp, as they stand beside the fast ones: each line of the equations one
/// line of Eigen on row-major matrices, with its temporaries.
class PlainNetwork {
 public:
  explicit PlainNetwork(const net::Network& network);

  /// One step of training on byte images: gather, forward, backward, Adam. Returns the mean loss.
  float train(std::span<const std::uint8_t> pixels, std::span<const std::uint8_t> labels, std::span<const std::uint64_t> images,
              float rate);
  net::Matrix logits(std::span<const std::uint8_t> pixels, std::span<const std::uint64_t> images) const;

 private:
  std::vector<net::reference::Layer<float>> layers_, m_, v_;
};

}  // namespace espalier::bench
