// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "espalier/core/results.hpp"
#include "espalier/net/network.hpp"
#include "train/archive.hpp"
#include "train/census.hpp"
#include "train/optimizer.hpp"

namespace espalier::train {

/// All that a training carries from one epoch to the next. Random draws are keyed by epoch and step, so they are not part of it.
struct Progress {
  std::uint64_t& step;
  net::Network& network;
  Optimizer& optimizer;
  Census& census;
  std::vector<core::Epoch>& epochs;
};

/// The state as bytes, the number of epochs first (64 bits): its length is checkpoint_bytes() of the epochs that are done.
std::vector<std::byte> save(const Progress& progress);
/// Takes the state over into a training that has not begun. Bytes of another length, those of another build, are ignored.
void restore(std::span<const std::byte> saved, const Progress& progress);

}  // namespace espalier::train
