// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "train/parameters.hpp"
#include "train/shapes.hpp"

namespace espalier::train {
namespace {

/// The hidden widths scaled by width / largest, rounded, at least 1.
std::vector<std::uint32_t> scaled(const std::vector<std::uint32_t>& hidden, std::uint32_t width, std::uint32_t largest) {
  std::vector<std::uint32_t> out;
  for (const std::uint32_t h : hidden)
    out.push_back(std::max<std::uint32_t>(1, static_cast<std::uint32_t>(std::lround(double{1} * h * width / largest))));
  return out;
}

/// Number of weights of the sparse network of `outline`.
std::uint64_t sparse_weights(const Outline& outline, double sparsity) {
  std::uint64_t total = 0;
  const auto layers = dense_shapes(outline);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const bool sparse = !layers[l].is_convolution() && l + 1 < layers.size();
    total += sparse ? link_count(layers[l].links, sparsity) : layers[l].links;
  }
  return total;
}

/// All widths in the proportions of outline.hidden; of those the network whose number of weights (without biases) is nearest
/// to the sparse one's, the narrower in a tie. The count grows with the width, so bisection finds it.
std::vector<std::uint32_t> equal_weights(const Outline& outline, double sparsity) {
  const std::uint64_t wanted = sparse_weights(outline, sparsity);
  const std::uint32_t largest = *std::ranges::max_element(outline.hidden);
  const auto weights = [&](std::uint32_t width) {
    Outline narrow = outline;
    narrow.hidden = scaled(outline.hidden, width, largest);
    return total_links(dense_shapes(narrow));
  };
  std::uint32_t low = 1, high = largest;  // the first width in [low, high] with at least the wanted weights
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (weights(middle) < wanted)
      low = middle + 1;
    else
      high = middle;
  }
  const bool narrower = low > 1 && wanted - weights(low - 1) <= weights(low) - std::min(wanted, weights(low));
  return scaled(outline.hidden, narrower ? low - 1 : low, largest);
}

}  // namespace

Rule dense_rule() {
  return {.kind = topology({.name = "dense", .family = "control", .description = "all links, same widths"}),
          .dense = true,
          .rewire = {},
          .widths = {}};
}

Rule dense_small_rule() {
  return {.kind = topology({.name = "dense-small",
                            .family = "control",
                            .description = "all links, widths scaled down to the number of weights of a network of this "
                                           "sparsity",
                            .settings = {sparsity_setting()}}),
          .dense = true,
          .rewire = {},
          .widths = equal_weights};
}

}  // namespace espalier::train
