// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "espalier/train/topology.hpp"

/// What rules are made of: which links to prune, where to grow, and the exchange itself. Links are named by their index in
/// the layer, places by j K + k (links.hpp).
namespace espalier::train {

using Links = std::vector<std::uint32_t>;
using Places = std::vector<std::uint64_t>;

/// The `count` links of smallest magnitude, in increasing order; of equal ones the lower index goes first.
Links smallest(std::span<const float> weight, std::uint64_t count);

/// What SET prunes [Mocanu et al. 2018]: of the positive weights the floor(fraction * their number) closest to zero, of the
/// negative ones likewise, and every link whose weight is exactly zero, which lies inside both. Of equal weights the lower
/// index goes first. In increasing order.
Links smallest_of_each_sign(std::span<const float> weight, double fraction);

/// floor(fraction * n), where products within 1e-6 of a whole number count as that number.
std::uint64_t share_of(std::uint64_t n, double fraction);

bool is_full(const net::SparseLayer& layer);

/// Places of the links that are not `gone`, increasing.
Places kept_places(const net::SparseLayer& layer, const std::vector<bool>& gone);

/// Uniformly drawn empty places, as many as `pruned`, whose places are eligible too.
Places grow_uniformly(const net::SparseLayer& layer, const Links& pruned, core::Random& random);

/// Takes the links `pruned` out and puts links of weight 0 at `grown` (increasing, as many, empty after the pruning). The
/// others keep weight and state; new ones start with state 0. Returns the number of links.
std::uint64_t exchange(Rewiring& rewiring, const Links& pruned, const Places& grown);

/// Makes a rule's hook of a function that rewires one layer. Full layers do not change, since they have nowhere to grow, and
/// so is every layer when the share to rewire is 0.
std::function<std::uint64_t(std::span<Rewiring>)> layer_by_layer(std::uint64_t (*rewire)(Rewiring&));

}  // namespace espalier::train
