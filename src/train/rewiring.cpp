#include "train/rewiring.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "train/links.hpp"
#include "train/sampling.hpp"

namespace espalier::train {
namespace {

/// Keeps the `count` of `links` whose weights are closest to zero, unordered.
void keep_smallest(Links& links, std::span<const float> weight, std::uint64_t count) {
  const auto closer = [&](std::uint32_t a, std::uint32_t b) {
    const float x = std::abs(weight[a]), y = std::abs(weight[b]);
    return x != y ? x < y : a < b;
  };
  if (count < links.size()) std::ranges::nth_element(links, links.begin() + static_cast<std::ptrdiff_t>(count), closer);
  links.resize(std::min<std::uint64_t>(count, links.size()));
}

}  // namespace

std::uint64_t share_of(std::uint64_t n, double fraction) {
  return std::min(n, static_cast<std::uint64_t>(std::floor(fraction * static_cast<double>(n) + 1e-6)));
}

bool is_full(const net::SparseLayer& layer) { return layer.target.size() == std::size_t{layer.inputs} * layer.outputs; }

Links smallest(std::span<const float> weight, std::uint64_t count) {
  Links links(weight.size());
  std::iota(links.begin(), links.end(), 0U);
  keep_smallest(links, weight, count);
  std::ranges::sort(links);
  return links;
}

Links smallest_of_each_sign(std::span<const float> weight, double fraction) {
  Links pruned, positive, negative;
  for (std::uint32_t link = 0; link < weight.size(); ++link)
    (weight[link] > 0 ? positive : weight[link] < 0 ? negative : pruned).push_back(link);
  for (Links* sign : {&positive, &negative}) {
    keep_smallest(*sign, weight, share_of(sign->size(), fraction));
    pruned.insert(pruned.end(), sign->begin(), sign->end());
  }
  std::ranges::sort(pruned);
  return pruned;
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
