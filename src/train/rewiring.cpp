// SPDX-License-Identifier: BSD-3-Clause
#include "train/rewiring.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "train/links.hpp"
#include "train/sampling.hpp"

namespace espalier::train {
namespace {

/// Tells, of magnitudes that come in the order in which they were given, which are the `count` smallest; of equal ones the
/// first. Linear in their number.
class Smallest {
 public:
  Smallest(std::vector<float> magnitudes, std::uint64_t count) {
    if (count == 0) return;
    const auto last = magnitudes.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(count, magnitudes.size())) - 1;
    std::nth_element(magnitudes.begin(), last, magnitudes.end());
    limit_ = *last;
    ties_ = 1 + std::count(magnitudes.begin(), last, limit_);
  }
  bool take(float magnitude) {
    const bool tie = magnitude == limit_;
    ties_ -= tie;
    return (magnitude < limit_) | (tie & (ties_ >= 0));
  }

 private:
  float limit_ = -1;         ///< the largest magnitude that is among them
  std::ptrdiff_t ties_ = 0;  ///< how many of that magnitude are still to be taken
};

}  // namespace

std::uint64_t share_of(std::uint64_t n, double fraction) {
  return std::min(n, static_cast<std::uint64_t>(std::floor(fraction * static_cast<double>(n) + 1e-6)));
}

bool is_full(const net::SparseLayer& layer) { return layer.target.size() == std::size_t{layer.inputs} * layer.outputs; }

Links smallest(std::span<const float> weight, std::uint64_t count) {
  std::vector<float> magnitudes(weight.size());
  std::ranges::transform(weight, magnitudes.begin(), [](float w) { return std::abs(w); });
  Smallest pruned(std::move(magnitudes), std::min<std::uint64_t>(count, weight.size()));
  Links links;
  for (std::uint32_t link = 0; link < weight.size(); ++link)
    if (pruned.take(std::abs(weight[link]))) links.push_back(link);
  return links;
}

Links smallest_of_each_sign(std::span<const float> weight, double fraction) {
  std::vector<float> positive, negative;
  for (const float w : weight)
    if (w != 0) (w > 0 ? positive : negative).push_back(std::abs(w));
  const auto share_of_all = [&](const std::vector<float>& sign) { return share_of(sign.size(), fraction); };
  Smallest above(positive, share_of_all(positive)), below(negative, share_of_all(negative));
  Links links(weight.size());
  std::size_t count = 0;
  for (std::uint32_t link = 0; link < weight.size(); ++link) {
    const float w = weight[link];
    links[count] = link;  // kept if it counts: no branch that nobody can foresee
    count += w == 0 || (w > 0 ? above : below).take(std::abs(w));
  }
  links.resize(count);
  return links;
}

Places kept_places(const net::SparseLayer& layer, const std::vector<bool>& gone) {
  const Places all = places(layer);
  Places kept;
  kept.reserve(all.size());
  for (std::size_t link = 0; link < all.size(); ++link)
    if (!gone[link]) kept.push_back(all[link]);
  return kept;
}

Places grow_uniformly(const net::SparseLayer& layer, const Links& pruned, core::Random& random) {
  std::vector<bool> gone(layer.target.size(), false);
  for (const std::uint32_t link : pruned) gone[link] = true;
  return draw_free(kept_places(layer, gone), std::uint64_t{layer.inputs} * layer.outputs, pruned.size(), random);
}

std::uint64_t exchange(Rewiring& rewiring, const Links& pruned, const Places& grown) {
  net::SparseLayer& layer = rewiring.layer;
  if (pruned.size() != grown.size()) throw std::logic_error("a rewiring must keep the number of links");
  const Places before = places(layer);
  std::vector<bool> gone(before.size(), false);
  for (const std::uint32_t link : pruned) gone[link] = true;

  constexpr std::uint32_t is_new = ~0U;
  Places after;
  Links origin;  // index of each link before the exchange
  after.reserve(before.size());
  origin.reserve(before.size());
  auto next = grown.begin();
  const auto grow_up_to = [&](std::uint64_t limit) {
    for (; next != grown.end() && *next < limit; ++next) {
      after.push_back(*next);
      origin.push_back(is_new);
    }
  };
  for (std::uint32_t link = 0; link < before.size(); ++link) {
    if (gone[link]) continue;
    grow_up_to(before[link]);
    after.push_back(before[link]);
    origin.push_back(link);
  }
  grow_up_to(~std::uint64_t{0});

  const auto carry = [&](std::vector<float>& values) {
    std::vector<float> moved(origin.size(), 0.0F);
    for (std::size_t link = 0; link < origin.size(); ++link)
      if (origin[link] != is_new) moved[link] = values[origin[link]];
    values = std::move(moved);
  };
  for (std::vector<float>* state : rewiring.state) carry(*state);
  net::SparseLayer fresh = from_places(layer.inputs, layer.outputs, after);
  carry(layer.weight);
  fresh.weight = std::move(layer.weight);
  fresh.bias = std::move(layer.bias);
  layer = std::move(fresh);
  return pruned.size();
}

std::function<std::uint64_t(std::span<Rewiring>)> layer_by_layer(std::uint64_t (*rewire)(Rewiring&)) {
  return [rewire](std::span<Rewiring> layers) {
    std::uint64_t changed = 0;
    for (Rewiring& rewiring : layers)
      if (rewiring.fraction > 0 && !is_full(rewiring.layer)) changed += rewire(rewiring);
    return changed;
  };
}

}  // namespace espalier::train
