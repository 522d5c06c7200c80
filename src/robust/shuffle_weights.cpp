// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "robust/kinds.hpp"
#include "robust/links.hpp"

namespace espalier::robust {
namespace {

enum class Within { layer, network, fan_in, fan_out };
enum class Keep { nothing, signs, magnitudes };

struct ShuffleWeights : RandomDamage {
  double level = 0;
  Within within = Within::layer;
  Keep keep = Keep::nothing;
};

using Numbers = std::vector<std::uint32_t>;

/// The links that change places as one sequence, and the keys of its two draws.
struct Pool {
  std::vector<std::size_t> layers;
  std::uint64_t draw = 0;
};

std::vector<Pool> pools(const net::Network& network, Within within) {
  const std::vector<std::size_t> layers = damaged_layers(network);
  if (within == Within::network) return {Pool{layers, 2 * network.layers.size()}};
  std::vector<Pool> out;
  for (const std::size_t l : layers) out.push_back({{l}, 2 * l});
  return out;
}

std::vector<float> weights_of(const net::Network& network, const Pool& pool) {
  std::vector<float> all;
  for (const std::size_t l : pool.layers) {
    const auto weight = weights(network.layers[l]);
    all.insert(all.end(), weight.begin(), weight.end());
  }
  return all;
}

/// Group of each link of the pool: weights only change places inside one group.
Numbers groups(const net::Network& network, const Pool& pool, Within within, std::size_t links) {
  if (within == Within::fan_in) return ends(network.layers[pool.layers[0]]).to;
  if (within == Within::fan_out) return ends(network.layers[pool.layers[0]]).from;
  return Numbers(links, 0);
}

/// The numbers of `links` sorted by group, in their order within each group.
Numbers by_group(Numbers links, const Numbers& group) {
  std::ranges::stable_sort(links, {}, [&](std::uint32_t link) { return group[link]; });
  return links;
}

/// The weight of link `to` after it took that of link `from`: all of it, or without the sign or the magnitude that stays.
float exchanged(float to, float from, Keep keep) {
  if (keep == Keep::signs) return std::copysign(from, to);
  if (keep == Keep::magnitudes) return std::copysign(to, from);
  return from;
}

/// Permutes the weights of a random subset of round(level * links) links of the pool among themselves, group by group.
std::vector<float> shuffled(const net::Network& network, const Pool& pool, const ShuffleWeights& settings,
                            const core::Stream& stream) {
  const std::vector<float> before = weights_of(network, pool);
  const auto links = static_cast<std::uint32_t>(before.size());
  Numbers to = core::permutation(links, stream.random(settings.replicate, pool.draw));
  to.resize(touched(settings.level, links));
  Numbers from;
  // A random order of the subset is a random order within each group too, and independent between groups.
  for (const std::uint32_t i :
       core::permutation(static_cast<std::uint32_t>(to.size()), stream.random(settings.replicate, pool.draw + 1)))
    from.push_back(to[i]);

  const Numbers group = groups(network, pool, settings.within, links);
  to = by_group(std::move(to), group);
  from = by_group(std::move(from), group);
  std::vector<float> after = before;
  for (std::size_t i = 0; i < to.size(); ++i) after[to[i]] = exchanged(before[to[i]], before[from[i]], settings.keep);
  return after;
}

net::Network act(const net::Network& network, const ShuffleWeights& settings, const core::Stream& stream) {
  net::Network damaged = network;
  for (const Pool& pool : pools(network, settings.within)) {
    const std::vector<float> after = shuffled(network, pool, settings, stream);
    auto next = after.begin();
    for (const std::size_t l : pool.layers)
      for (float& weight : weights(damaged.layers[l])) weight = *next++;
  }
  return damaged;
}

}  // namespace

Perturbation shuffle_weights() {
  const core::Words<Within> groups{
      {"layer", Within::layer}, {"network", Within::network}, {"fan-in", Within::fan_in}, {"fan-out", Within::fan_out}};
  return damage({.name = "shuffle-weights",
                 .description = "permutes the weights of the links of the sparse layers (of the hidden layers if none is sparse)",
                 .settings = {setting("level", &ShuffleWeights::level, {0, 1}, "share of the links",
                                      "a random subset of this share is permuted")
                                  .required(),
                              choice("within", &ShuffleWeights::within, groups,
                                     "links that exchange weights: of one layer, of all layers, into one neuron, "
                                     "or out of one neuron"),
                              choice("keep", &ShuffleWeights::keep,
                                     {{"nothing", Keep::nothing}, {"signs", Keep::signs}, {"magnitudes", Keep::magnitudes}},
                                     "part of the weight that stays at its link: with 'signs' only magnitudes are permuted"),
                              replicate()}},
                act);
}

}  // namespace espalier::robust
