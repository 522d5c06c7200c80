// SPDX-License-Identifier: BSD-3-Clause
#include "train/parameters.hpp"
#include "train/rewiring.hpp"
#include "train/sampling.hpp"

namespace espalier::train {
namespace {

std::uint64_t rewire_set(Rewiring& rewiring) {
  const Links pruned = smallest_of_each_sign(rewiring.layer.weight, rewiring.fraction);
  return exchange(rewiring, pruned, grow_uniformly(rewiring.layer, pruned, rewiring.random));
}

std::uint64_t rewire_random(Rewiring& rewiring) {
  const std::uint64_t links = rewiring.layer.target.size();
  const auto drawn = draw_subset(links, share_of(links, rewiring.fraction), rewiring.random);
  const Links pruned(drawn.begin(), drawn.end());
  return exchange(rewiring, pruned, grow_uniformly(rewiring.layer, pruned, rewiring.random));
}

}  // namespace

Rule static_rule() {
  return {.kind = topology({.name = "static",
                            .family = "control",
                            .description = "random links that never change",
                            .settings = {sparsity_setting(), links_setting()}}),
          .rewire = {},
          .widths = {}};
}

Rule set_rule() {
  return {.kind = topology({.name = "set",
                            .family = "adaptive",
                            .description = "prune the weights closest to zero, positive and negative separately, and grow the "
                                           "same number of random links with weight 0 [Mocanu et al. 2018]",
                            .settings = {sparsity_setting(), links_setting(), rewiring_settings()}}),
          .rewire = layer_by_layer(rewire_set),
          .widths = {}};
}

Rule random_rule() {
  return {.kind = topology({.name = "random",
                            .family = "control",
                            .description = "prune random links and grow the same number of random links with weight 0: a control "
                                           "that ignores the weights",
                            .settings = {sparsity_setting(), links_setting(), rewiring_settings()}}),
          .rewire = layer_by_layer(rewire_random),
          .widths = {}};
}

}  // namespace espalier::train
