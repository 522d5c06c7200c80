// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <functional>

#include "train/links.hpp"
#include "train/parameters.hpp"
#include "train/rewiring.hpp"

namespace espalier::train {
namespace {

/// The magnitude that `count` places outside `kept` reach or exceed, and no more of them exceed.
float threshold(const net::Matrix& gradient, const std::vector<bool>& kept, std::uint64_t count) {
  const auto outputs = static_cast<std::uint64_t>(gradient.rows());
  std::vector<float> free;
  free.reserve(kept.size());
  for (Eigen::Index k = 0; k < gradient.rows(); ++k)
    for (Eigen::Index j = 0; j < gradient.cols(); ++j)
      if (!kept[static_cast<std::uint64_t>(j) * outputs + static_cast<std::uint64_t>(k)])
        free.push_back(std::abs(gradient(k, j)));
  const auto last = free.begin() + static_cast<std::ptrdiff_t>(count - 1);
  std::ranges::nth_element(free, last, std::greater{});
  return *last;
}

/// The `count` (at least 1) places outside `kept` with the largest |dense gradient|, increasing; of equal ones the lower place
/// goes first.
Places largest_gradients(const net::Matrix& gradient, const std::vector<bool>& kept, std::uint64_t count) {
  const auto outputs = static_cast<std::uint64_t>(gradient.rows());
  const float least = threshold(gradient, kept, count);
  Places grown, equal;
  for (Eigen::Index k = 0; k < gradient.rows(); ++k) {
    for (Eigen::Index j = 0; j < gradient.cols(); ++j) {
      const float size = std::abs(gradient(k, j));
      const std::uint64_t p = static_cast<std::uint64_t>(j) * outputs + static_cast<std::uint64_t>(k);
      if (size >= least && !kept[p]) (size > least ? grown : equal).push_back(p);
    }
  }
  std::ranges::sort(equal);
  grown.insert(grown.end(), equal.begin(), equal.begin() + static_cast<std::ptrdiff_t>(count - grown.size()));
  std::ranges::sort(grown);
  return grown;
}

/// A pruned link that would grow again was never lost: it keeps weight and state [Evci et al., ICML 2020].
std::uint64_t rewire_rigl(Rewiring& rewiring) {
  const net::SparseLayer& layer = rewiring.layer;
  const Links pruned = smallest(layer.weight, share_of(layer.weight.size(), rewiring.fraction));
  if (pruned.empty()) return 0;
  const Places before = places(layer);
  std::vector<bool> kept = occupancy(layer);
  for (const std::uint32_t link : pruned) kept[before[link]] = false;
  const Places grown = largest_gradients(rewiring.dense_gradient(), kept, pruned.size());

  Links lost;
  Places fresh;
  for (const std::uint32_t link : pruned)
    if (!std::ranges::binary_search(grown, before[link])) lost.push_back(link);
  for (const std::uint64_t p : grown)
    if (!std::ranges::binary_search(before, p)) fresh.push_back(p);
  exchange(rewiring, lost, fresh);
  return pruned.size();
}

}  // namespace

Rule rigl_rule() {
  return {
      .kind = topology({.name = "rigl",
                        .family = "adaptive",
                        .description = "prune the smallest weights and grow where the dense gradient of the epoch's last batch "
                                       "is largest, with weight 0 [Evci et al., ICML 2020]",
                        .settings = {sparsity_setting(), links_setting(), rewiring_settings(true)}}),
      .dense_gradient = true,
      .rewire = layer_by_layer(rewire_rigl),
      .widths = {}};
}

}  // namespace espalier::train
