// SPDX-License-Identifier: BSD-3-Clause
#include "train/shapes.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "espalier/core/error.hpp"
#include "espalier/train/trainer.hpp"
#include "train/settings.hpp"

namespace espalier::train {
namespace {

double sum_of_sides(const core::LayerShape& layer) { return static_cast<double>(layer.inputs) + layer.outputs; }
std::uint64_t size(const core::LayerShape& layer) { return std::uint64_t{layer.inputs} * layer.outputs; }

/// Links as real numbers, epsilon (D + K) per layer [Mocanu et al. 2018], with epsilon such that they sum to `total`.
/// A layer that would be more than full is full; with `hand_on` the others take over what it could not [Evci et al. 2020].
std::vector<double> erdos_renyi(std::span<const core::LayerShape> layers, double total, bool hand_on) {
  std::vector<bool> full(layers.size(), false);
  for (;;) {
    double rest = total, sides = 0;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      if (full[l])
        rest -= static_cast<double>(size(layers[l]));
      else
        sides += sum_of_sides(layers[l]);
    }
    const double epsilon = sides > 0 ? rest / sides : 0;
    bool again = false;
    std::vector<double> links;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const double limit = static_cast<double>(size(layers[l])), wanted = epsilon * sum_of_sides(layers[l]);
      links.push_back(full[l] ? limit : std::min(limit, wanted));
      if (hand_on && !full[l] && wanted > limit) full[l] = again = true;
    }
    if (!again) return links;
  }
}

/// Whole numbers that sum to `total`: rounded down, then up where the rest is largest; the first layer wins ties.
std::vector<std::uint64_t> round_to_total(const std::vector<double>& numbers, std::uint64_t total) {
  std::vector<std::uint64_t> out;
  for (const double x : numbers) out.push_back(static_cast<std::uint64_t>(x));
  std::vector<std::size_t> order(numbers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto rest = [&](std::size_t l) { return numbers[l] - std::floor(numbers[l]); };
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return rest(a) > rest(b); });
  const std::uint64_t missing = total - std::min(total, std::accumulate(out.begin(), out.end(), std::uint64_t{0}));
  for (std::size_t i = 0; i < std::min<std::size_t>(missing, order.size()); ++i) ++out[order[i]];
  return out;
}

}  // namespace

std::uint64_t link_count(std::uint64_t size, double sparsity) {
  const auto absent = static_cast<std::uint64_t>(std::floor(sparsity * static_cast<double>(size) + 1e-6));
  return std::max<std::uint64_t>(1, size - std::min(absent, size));
}

std::vector<std::uint64_t> link_counts(std::span<const core::LayerShape> layers, double sparsity, LinkLaw links) {
  std::vector<std::uint64_t> counts;
  for (const auto& layer : layers) counts.push_back(link_count(size(layer), sparsity));
  if (links == LinkLaw::uniform || links == LinkLaw::fixed_fan_in) return counts;
  const auto total = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  const std::vector<double> wanted = erdos_renyi(layers, static_cast<double>(total), links == LinkLaw::erk);
  counts = round_to_total(wanted, static_cast<std::uint64_t>(std::round(std::accumulate(wanted.begin(), wanted.end(), 0.0))));
  for (std::size_t l = 0; l < counts.size(); ++l) counts[l] = std::clamp<std::uint64_t>(counts[l], 1, size(layers[l]));
  return counts;
}

std::vector<core::LayerShape> dense_shapes(const Outline& outline) {
  std::vector<core::LayerShape> layers;
  for (const core::Filters& filters : outline.convolutions) layers.push_back(core::shape_of(filters));
  std::uint32_t inputs = outline.inputs;
  const auto add = [&](std::uint32_t outputs) {
    layers.push_back({inputs, outputs, std::uint64_t{inputs} * outputs, false});
    inputs = outputs;
  };
  for (const std::uint32_t width : outline.hidden) add(width);
  add(outline.classes);
  return layers;
}

std::uint64_t total_links(std::span<const core::LayerShape> layers) {
  std::uint64_t total = 0;
  for (const auto& layer : layers) total += layer.links;
  return total;
}

std::vector<core::LayerShape> layer_shapes(const core::ModelSpec& spec, const data::DatasetShape& images) {
  const Rule& r = rule(spec.topology.kind);
  const TrainSettings train = read_train(spec.train);
  Outline outline = read_outline(train, images);
  const bool any = r.dense && !r.widths;
  if (outline.hidden.empty() && !any)
    throw core::UserError(
        fmt::format("topology '{}' applies to fully connected hidden layers, and the network has none; add "
                    "{{dense: N}} to 'layers', or use topology 'dense'",
                    spec.topology.kind));
  if (r.widths) outline.hidden = r.widths(outline, spec.sparsity);
  std::vector<core::LayerShape> layers = dense_shapes(outline);
  for (core::LayerShape& layer : layers) layer.activation = train.activation;
  if (r.dense) return layers;
  const std::span hidden = std::span(layers).subspan(outline.convolutions.size(), outline.hidden.size());
  const auto counts = link_counts(hidden, spec.sparsity, read_topology(spec.topology).links);
  for (std::size_t l = 0; l < hidden.size(); ++l) {
    hidden[l].links = counts[l];
    hidden[l].sparse = true;
  }
  return layers;
}

}  // namespace espalier::train
