// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <vector>

#include "robust/target.hpp"

namespace espalier::robust {

/// An attack on some images of a batch.
using Attempt = std::function<Attacked(const net::Batch& part, std::span<const std::uint8_t> labels)>;

/// Runs the attempts one after another, each only on the images that still stand; keeps for each image the candidate of largest
/// margin, of the attempts and, when `from_clean`, of the clean image too. All of this goes by fresh draws: by those that steered
/// the attempts the luckiest would win. Alarms are joined; an image that only an attempt from number `black_box` on brings down
/// gets alarm 2.
Attacked worst_of(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels,
                  Expectation expectation, const std::vector<Attempt>& attempts, bool from_clean,
                  std::size_t black_box = static_cast<std::size_t>(-1));

}  // namespace espalier::robust
