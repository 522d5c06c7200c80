// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "robust/kinds.hpp"
#include "robust/links.hpp"

namespace espalier::robust {
namespace {

enum class To { degrees, random };

struct RewireLinks : RandomDamage {
  double level = 0;
  To to = To::degrees;
};

struct Link {
  std::uint32_t from = 0, to = 0;
  float weight = 0;
};

using Places = std::set<std::pair<std::uint32_t, std::uint32_t>>;  ///< (from, to) of the links there are

std::vector<Link> links_of(const net::SparseLayer& layer) {
  std::vector<Link> links;
  for (std::uint32_t input = 0; input < layer.inputs; ++input)
    for (std::uint32_t i = layer.start[input]; i < layer.start[input + 1]; ++i)
      links.push_back({input, layer.target[i], layer.weight[i]});
  return links;
}

void set_links(net::SparseLayer& layer, std::vector<Link> links) {
  std::ranges::sort(links, {}, [](const Link& link) { return std::pair(link.from, link.to); });
  std::ranges::fill(layer.start, 0);
  for (std::size_t i = 0; i < links.size(); ++i) {
    ++layer.start[links[i].from + 1];
    layer.target[i] = links[i].to;
    layer.weight[i] = links[i].weight;
  }
  for (std::uint32_t input = 0; input < layer.inputs; ++input) layer.start[input + 1] += layer.start[input];
  net::index_by_output(layer);
}

/// Exchanges the targets of two links unless that would leave one where it is or make a link that exists.
bool swap_targets(Link& a, Link& b, Places& places) {
  if (a.from == b.from || a.to == b.to || places.contains({a.from, b.to}) || places.contains({b.from, a.to})) return false;
  places.erase({a.from, a.to});
  places.erase({b.from, b.to});
  std::swap(a.to, b.to);
  places.insert({a.from, a.to});
  places.insert({b.from, b.to});
  return true;
}

/// Double-edge swaps among the chosen links, each swapped at most once; one without a partner in 100 looks stays.
void swap_pairs(std::vector<Link>& links, std::vector<std::uint32_t> chosen, Places& places, core::Random random) {
  constexpr int looks = 100;
  while (chosen.size() > 1) {
    Link& link = links[chosen.back()];
    chosen.pop_back();
    for (int look = 0; look < looks; ++look) {
      const std::uint64_t other = random.below(chosen.size());
      if (!swap_targets(link, links[chosen[other]], places)) continue;
      chosen[other] = chosen.back();
      chosen.pop_back();
      break;
    }
  }
}

/// Takes the chosen links out and puts each, with its weight, on a uniformly random free place.
void place_anew(std::vector<Link>& links, const std::vector<std::uint32_t>& chosen, Places& places, const net::SparseLayer& layer,
                core::Random random) {
  for (const std::uint32_t i : chosen) places.erase({links[i].from, links[i].to});
  for (const std::uint32_t i : chosen) {
    do {
      links[i].from = static_cast<std::uint32_t>(random.below(layer.inputs));
      links[i].to = static_cast<std::uint32_t>(random.below(layer.outputs));
    } while (!places.insert({links[i].from, links[i].to}).second);
  }
}

net::Network act(const net::Network& network, const RewireLinks& settings, const core::Stream& stream) {
  net::Network damaged = network;
  for (const std::size_t l : damaged_layers(network)) {
    auto* layer = std::get_if<net::SparseLayer>(&damaged.layers[l]);
    if (layer == nullptr) continue;
    std::vector<Link> links = links_of(*layer);
    Places places;
    for (const Link& link : links) places.insert({link.from, link.to});
    auto chosen = core::permutation(static_cast<std::uint32_t>(links.size()), stream.random(settings.replicate, 2 * l));
    chosen.resize(touched(settings.level, links.size()));
    const core::Random random = stream.random(settings.replicate, 2 * l + 1);
    if (settings.to == To::random)
      place_anew(links, chosen, places, *layer, random);
    else
      swap_pairs(links, std::move(chosen), places, random);
    set_links(*layer, std::move(links));
  }
  return damaged;
}

}  // namespace

Perturbation rewire_links() {
  return damage({.name = "rewire-links",
                 .description = "moves links of the sparse layers with their weights; dense layers do not change",
                 .settings = {setting("level", &RewireLinks::level, {0, 1}, "share of the links",
                                      "round(level * links) of each layer's links move")
                                  .required(),
                              choice("to", &RewireLinks::to, {{"degrees", To::degrees}, {"random", To::random}},
                                     "'degrees': pairs of links exchange their targets, which keeps all degrees; 'random': moves "
                                     "links to free places"),
                              replicate()}},
                act);
}

}  // namespace espalier::robust
