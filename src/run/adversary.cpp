// SPDX-License-Identifier: BSD-3-Clause
#include "run/adversary.hpp"

namespace espalier::run {
namespace {

core::Settings attack(const train::AdversarialSettings& how) {
  core::Settings pgd{"pgd",
                     {{"level", how.level},
                      {"style", std::string("standard")},
                      {"loss", std::string("ce")},
                      {"decay", 0.0},
                      {"norm", std::string("linf")},
                      {"steps", static_cast<double>(how.steps)},
                      {"random_start", true},
                      {"restarts", 1.0}}};
  if (how.step) pgd.values["step"] = *how.step;
  return pgd;
}

}  // namespace

train::Adversary adversary(const train::AdversarialSettings& how, const data::ImageSet& images, const robust::Seeds& seeds) {
  const robust::ImageShape shape{images.height, images.width, images.channels};
  return [settings = attack(how), shape, seeds](const net::Network& network, const net::Batch& clean,
                                                std::span<const std::uint8_t> labels, int epoch) {
    net::Classifier classifier(network);  // made again: it may hold copies of weights, which change with every step
    robust::Seeds keys = seeds;
    keys.round = static_cast<std::uint64_t>(epoch) + 1;
    return robust::changed_inputs(classifier, clean, labels, shape, settings, keys);
  };
}

}  // namespace espalier::run
