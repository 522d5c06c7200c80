// SPDX-License-Identifier: BSD-3-Clause
#include "run/fit_noise.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "espalier/net/classifier.hpp"
#include "espalier/noise/fit.hpp"

namespace espalier::run {
namespace {

constexpr std::uint32_t block = 512;  ///< images; part of the result, whose bits depend on it

/// Both sides of the differences: the images, or the network, are changed.
struct Pairs {
  net::Classifier clean;
  std::optional<net::Network> damaged{};
  std::optional<net::Classifier> damaged_classifier{};

  Pairs(const net::Network& network, const core::Settings& source, const robust::Seeds& seeds) : clean(network) {
    const auto* damage = std::get_if<robust::Damage>(&robust::perturbation(source.kind).act);
    if (!damage) return;
    damaged = (*damage)(network, source, seeds);
    damaged_classifier.emplace(*damaged);
  }
};

}  // namespace

core::FitResult fit_noise(const core::FitSpec& spec, const net::Network& network, const data::Dataset& dataset,
                          const robust::Seeds& seeds, const core::Pulse& pulse) {
  const data::ImageSet& train = dataset.train;
  const std::uint32_t count = spec.images > 0 ? std::min(spec.images, train.count) : train.count;
  Pairs pairs(network, spec.source, seeds);
  noise::DifferenceCovariance sum(net::outputs(network.layers.at(static_cast<std::size_t>(spec.layer) - 1)));
  for (std::uint32_t first = 0; first < count; first += block) {
    if (pulse) pulse();
    std::vector<std::uint64_t> images(std::min(block, count - first));
    std::iota(images.begin(), images.end(), std::uint64_t{first});
    const net::Batch batch = net::gather(train.pixels, train.size(), images);
    const net::Matrix before = pairs.clean.activations(batch.X, spec.layer);
    if (pairs.damaged_classifier) {
      sum.add(before, pairs.damaged_classifier->activations(batch.X, spec.layer));
      continue;
    }
    const net::Matrix X = robust::changed_inputs(pairs.clean, batch, train.labels.subspan(first, images.size()),
                                                 {train.height, train.width, train.channels}, spec.source, seeds);
    sum.add(before, pairs.clean.activations(X, spec.layer));
  }
  return noise::finish(sum);
}

}  // namespace espalier::run
