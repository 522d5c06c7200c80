// SPDX-License-Identifier: BSD-3-Clause
#include "train/links.hpp"

#include <algorithm>

#include "train/sampling.hpp"

namespace espalier::train {
namespace {

/// Moves links to outputs that have none, from outputs that have several; the input of a moved link stays, so the place it
/// moves to is free.
void feed_empty_outputs(std::vector<std::uint64_t>& links, std::uint32_t outputs, core::Random& random) {
  std::vector<std::uint32_t> fan_in(outputs, 0);
  for (const std::uint64_t p : links) ++fan_in[p % outputs];
  const auto fed = outputs - static_cast<std::uint64_t>(std::ranges::count(fan_in, 0U));
  std::uint64_t spare = links.size() - fed;
  for (std::uint32_t k = 0; k < outputs && spare > 0; ++k) {
    if (fan_in[k] > 0) continue;
    std::uint64_t donor = random.below(links.size());
    while (fan_in[links[donor] % outputs] < 2) donor = random.below(links.size());
    --fan_in[links[donor] % outputs];
    links[donor] = links[donor] / outputs * outputs + k;
    ++fan_in[k];
    --spare;
  }
  std::ranges::sort(links);
}

/// links / K inputs for every output, and one more for as many outputs as are needed for the exact count.
std::vector<std::uint64_t> fixed_fan_in(const core::LayerShape& shape, core::Random& random) {
  std::vector<std::uint64_t> links;
  std::vector<std::uint64_t> fan_in(shape.outputs, shape.links / shape.outputs);
  for (const std::uint64_t k : draw_subset(shape.outputs, shape.links % shape.outputs, random)) ++fan_in[k];
  for (std::uint32_t k = 0; k < shape.outputs; ++k)
    for (const std::uint64_t j : draw_subset(shape.inputs, fan_in[k], random)) links.push_back(j * shape.outputs + k);
  std::ranges::sort(links);
  return links;
}

}  // namespace

std::vector<std::uint64_t> places(const net::SparseLayer& layer) {
  std::vector<std::uint64_t> out;
  out.reserve(layer.target.size());
  for (std::uint32_t j = 0; j < layer.inputs; ++j)
    for (std::uint32_t link = layer.start[j]; link < layer.start[j + 1]; ++link)
      out.push_back(place(j, layer.target[link], layer.outputs));
  return out;
}

std::vector<bool> occupancy(const net::SparseLayer& layer) {
  std::vector<bool> taken(std::size_t{layer.inputs} * layer.outputs, false);
  for (const std::uint64_t p : places(layer)) taken[p] = true;
  return taken;
}

net::SparseLayer from_places(std::uint32_t inputs, std::uint32_t outputs, const std::vector<std::uint64_t>& places) {
  net::SparseLayer layer;
  layer.inputs = inputs;
  layer.outputs = outputs;
  layer.start.assign(std::size_t{inputs} + 1, 0);
  layer.target.reserve(places.size());
  auto p = places.begin();
  for (std::uint32_t j = 0; j < inputs; ++j) {
    const std::uint64_t first = place(j, 0, outputs), end = first + outputs;
    for (; p != places.end() && *p < end; ++p) layer.target.push_back(static_cast<std::uint32_t>(*p - first));
    layer.start[j + 1] = static_cast<std::uint32_t>(layer.target.size());
  }
  layer.weight.assign(places.size(), 0.0F);
  layer.bias.assign(outputs, 0.0F);
  net::index_by_output(layer);
  return layer;
}

net::SparseLayer draw_links(const core::LayerShape& shape, LinkLaw links, core::Random random) {
  if (links == LinkLaw::fixed_fan_in) return from_places(shape.inputs, shape.outputs, fixed_fan_in(shape, random));
  std::vector<std::uint64_t> drawn = draw_subset(std::uint64_t{shape.inputs} * shape.outputs, shape.links, random);
  feed_empty_outputs(drawn, shape.outputs, random);
  return from_places(shape.inputs, shape.outputs, drawn);
}

}  // namespace espalier::train
