// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "train/links.hpp"
#include "train/parameters.hpp"
#include "train/path_scores.hpp"
#include "train/rewiring.hpp"
#include "train/sampling.hpp"

namespace espalier::train {
namespace {

/// The number of walks of three links grows with the cube of the degree: at width 1000 and 98 % about 10^7 a layer.
constexpr double least_sparsity = 0.98;

using Flags = std::vector<bool>;  // per link: pruned

std::vector<std::uint32_t> fan_in(const net::SparseLayer& layer, const Flags& gone) {
  std::vector<std::uint32_t> degree(layer.outputs, 0);
  for (std::size_t link = 0; link < gone.size(); ++link) degree[layer.target[link]] += !gone[link];
  return degree;
}

/// Prunes what leads nowhere: links into neurons without an output, from the last layer back, and then links out of neurons
/// without an input, from the first layer on. One sweep each is enough, since neither makes work for the other.
void remove_chains(std::span<Rewiring> layers, std::vector<Flags>& gone) {
  for (std::size_t l = layers.size() - 1; l-- > 0;) {
    const net::SparseLayer &below = layers[l].layer, &above = layers[l + 1].layer;
    for (std::size_t link = 0; link < gone[l].size(); ++link) {
      const std::uint32_t neuron = below.target[link];
      const auto first = gone[l + 1].begin() + above.start[neuron], last = gone[l + 1].begin() + above.start[neuron + 1];
      if (std::find(first, last, false) == last) gone[l][link] = true;
    }
  }
  for (std::size_t l = 1; l < layers.size(); ++l) {
    const auto degree = fan_in(layers[l - 1].layer, gone[l - 1]);
    const net::SparseLayer& layer = layers[l].layer;
    for (std::uint32_t neuron = 0; neuron < layer.inputs; ++neuron)
      if (degree[neuron] == 0) std::fill(gone[l].begin() + layer.start[neuron], gone[l].begin() + layer.start[neuron + 1], true);
  }
}

/// The `count` absent links with the largest scores, increasing by place; of equal ones the lower place goes first. Where
/// fewer have a score, the rest is drawn uniformly from the other empty places.
Places best_places(const net::SparseLayer& layer, const Flags& gone, std::uint64_t count, core::Random& random) {
  auto candidates = path_scores(remaining(layer, gone));
  const auto better = [](const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.place < b.place;
  };
  if (count < candidates.size())
    std::ranges::nth_element(candidates, candidates.begin() + static_cast<std::ptrdiff_t>(count), better);
  candidates.resize(std::min<std::uint64_t>(count, candidates.size()));

  Places grown;
  for (const Candidate& candidate : candidates) grown.push_back(candidate.place);
  std::ranges::sort(grown);
  const Places kept = kept_places(layer, gone);
  Places taken(kept.size() + grown.size());
  std::ranges::merge(kept, grown, taken.begin());
  const Places rest = draw_free(taken, std::uint64_t{layer.inputs} * layer.outputs, count - grown.size(), random);
  const auto scored = static_cast<std::ptrdiff_t>(grown.size());
  grown.insert(grown.end(), rest.begin(), rest.end());
  std::ranges::inplace_merge(grown, grown.begin() + scored);
  return grown;
}

std::uint64_t rewire_cht(std::span<Rewiring> layers) {
  std::vector<Flags> gone;
  for (const Rewiring& rewiring : layers) {
    const net::SparseLayer& layer = rewiring.layer;
    Flags& flags = gone.emplace_back(layer.weight.size(), false);
    for (const std::uint32_t link : smallest(layer.weight, share_of(layer.weight.size(), rewiring.fraction))) flags[link] = true;
  }
  remove_chains(layers, gone);

  std::uint64_t changed = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    Links pruned;
    for (std::uint32_t link = 0; link < gone[l].size(); ++link)
      if (gone[l][link]) pruned.push_back(link);
    changed += exchange(layers[l], pruned, best_places(layers[l].layer, gone[l], pruned.size(), layers[l].random));
  }
  return changed;
}

}  // namespace

Rule cht_rule() {
  return {
      .kind = topology(
          {.name = "cht",
           .family = "adaptive",
           .description = "prune the smallest weights and links that lose their path from input to output, and grow where CH3-L3 "
                          "counts most paths of three links, with weight 0 [Zhang et al., ICLR 2024]; sparsity of at least 98 %",
           .settings = {sparsity_setting(least_sparsity,
                                         "share of the possible links of the hidden layers that are absent; the output layer "
                                         "is dense; at least 98 %, because the time grows with the cube of the number of "
                                         "links per neuron"),
                        links_setting(), rewiring_settings()}}),
      .rewire = rewire_cht,
      .widths = {}};
}

}  // namespace espalier::train
