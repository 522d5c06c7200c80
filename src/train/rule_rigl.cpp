#include <algorithm>
#include <cmath>

#include "train/links.hpp"
#include "train/parameters.hpp"
#include "train/rewiring.hpp"

namespace espalier::train {
namespace {

/// The `count` places outside `kept` with the largest |dense gradient|, increasing; of equal ones the lower place goes first.
Places largest_gradients(const net::Matrix& gradient, const std::vector<bool>& kept, std::uint64_t count) {
  const auto outputs = static_cast<std::uint64_t>(gradient.rows());
  const auto size_at = [&](std::uint64_t p) {
    return std::abs(gradient(static_cast<Eigen::Index>(p % outputs), static_cast<Eigen::Index>(p / outputs)));
  };
  Places free;
  for (std::uint64_t p = 0; p < kept.size(); ++p)
    if (!kept[p]) free.push_back(p);
  const auto larger = [&](std::uint64_t a, std::uint64_t b) {
    const float x = size_at(a), y = size_at(b);
    return x != y ? x > y : a < b;
  };
  if (count < free.size()) std::ranges::nth_element(free, free.begin() + static_cast<std::ptrdiff_t>(count), larger);
  free.resize(std::min<std::uint64_t>(count, free.size()));
  std::ranges::sort(free);
  return free;
}

/// A pruned link that would grow again was never lost: it keeps weight and state [Evci et al., ICML 2020].
std::uint64_t rewire_rigl(Rewiring& rewiring) {
  const net::SparseLayer& layer = rewiring.layer;
  const Links pruned = smallest(layer.weight, share_of(layer.weight.size(), rewiring.fraction));
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
  return {.kind = {.name = "rigl",
                   .family = "adaptive",
                   .description = "prune the smallest weights and grow where the dense gradient of the epoch's last batch is "
                                  "largest, with weight 0 [Evci et al., ICML 2020]",
                   .parameters = rewiring_parameters("cosine")},
          .dense_gradient = true,
          .rewire = layer_by_layer(rewire_rigl),
          .widths = {}};
}

}  // namespace espalier::train
