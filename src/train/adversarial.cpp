// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/train/adversarial.hpp"

#include <cmath>

#include "train/parameters.hpp"

namespace espalier::train {

std::optional<AdversarialSettings> read_adversarial(const core::Settings& topology) {
  const TopologySettings settings = read_topology(topology);
  return settings.adversarial ? std::optional(settings.adversary) : std::nullopt;
}

std::uint32_t AdversarialSettings::of(std::size_t batch) const {
  return static_cast<std::uint32_t>(std::lround(share * static_cast<double>(batch)));
}

}  // namespace espalier::train
