// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "espalier/core/plan.hpp"

namespace espalier::app {

/// One part of a plan that is split into `count` of them; `number` counts from 1.
struct Shard {
  std::size_t number = 1, count = 1;
};

/// Reads "I/N". Throws core::UserError when it is not 1 <= I <= N.
Shard parse_shard(const std::string& text);

/// The models number-1, number-1+count, ... of `plan` with all their fits, tails and cells, so that no two shards train the same
/// model; with `until` the same of bundles of models whose cells it looks at together. Its hash is its own: a file of one shard
/// cannot be resumed as another.
core::Plan part_of(const core::Plan& plan, const Shard& shard);

/// The shard of `plan` that has this hash and this number of models; nothing when there is none.
std::optional<Shard> find_shard(const core::Plan& plan, const std::string& hash, std::size_t models);

}  // namespace espalier::app
