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

net::Batch training_images(const data::ImageSet& train, std::uint32_t first, std::uint32_t count) {
  std::vector<std::uint64_t> images(count);
  std::iota(images.begin(), images.end(), std::uint64_t{first});
  return net::gather(train.pixels, train.size(), images);
}

robust::ImageShape shape_of(const data::ImageSet& train) { return {train.height, train.width, train.channels}; }

/// The images that a joint attack makes of the first `count`; empty for other sources. What it draws once for all its images is
/// other than for the test images: a noise would be fitted to the very squares of the test.
net::Matrix attacked_together(net::Classifier& classifier, const data::ImageSet& train, std::uint32_t count,
                              const core::Settings& source, robust::Seeds seeds, const core::CancellationCheck& check_cancelled) {
  const robust::JointAttack& joint = robust::perturbation(source.kind).joint;
  if (!joint) return {};
  seeds.round = 1;
  const net::Batch all = training_images(train, 0, count);
  return joint(classifier, all, train.labels.first(count), shape_of(train), source, seeds, check_cancelled).X;
}

}  // namespace

core::FitResult fit_noise(const core::FitSpec& spec, const net::Network& network, const data::Dataset& dataset,
                          const robust::Seeds& seeds, const core::CancellationCheck& check_cancelled) {
  const data::ImageSet& train = dataset.train;
  const std::uint32_t count = spec.images > 0 ? std::min(spec.images, train.count) : train.count;
  Pairs pairs(network, spec.source, seeds);
  noise::DifferenceCovariance sum(net::outputs(network.layers.at(static_cast<std::size_t>(spec.layer) - 1)));
  const net::Matrix together = attacked_together(pairs.clean, train, count, spec.source, seeds, check_cancelled);
  for (std::uint32_t first = 0; first < count; first += block) {
    if (check_cancelled) check_cancelled();
    const net::Batch batch = training_images(train, first, std::min(block, count - first));
    const net::Matrix before = pairs.clean.activations(batch.X, spec.layer);
    if (pairs.damaged_classifier) {
      sum.add(before, pairs.damaged_classifier->activations(batch.X, spec.layer));
      continue;
    }
    const auto labels = train.labels.subspan(first, batch.images.size());
    const net::Matrix X = together.size() > 0
                              ? net::Matrix(together.middleCols(first, batch.X.cols()))
                              : robust::changed_inputs(pairs.clean, batch, labels, shape_of(train), spec.source, seeds);
    sum.add(before, pairs.clean.activations(X, spec.layer));
  }
  return noise::finish(sum);
}

}  // namespace espalier::run
