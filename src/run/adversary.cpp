// SPDX-License-Identifier: BSD-3-Clause
#include "run/adversary.hpp"

namespace espalier::run {

train::Adversary adversary(const train::AdversarialSettings& how, const robust::Seeds& seeds) {
  return [attack = robust::TrainingAttack{how.level, how.steps, how.step}, seeds](
             const net::Network& network, const net::Batch& clean, std::span<const std::uint8_t> labels, int epoch) {
    net::Classifier classifier(network);  // made again: it may hold copies of weights, which change with every step
    robust::Seeds keys = seeds;
    keys.round = static_cast<std::uint64_t>(epoch) + 1;
    return robust::pgd_inputs(classifier, clean, labels, attack, keys);
  };
}

}  // namespace espalier::run
