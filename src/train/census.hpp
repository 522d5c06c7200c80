// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "espalier/core/results.hpp"
#include "espalier/net/network.hpp"
#include "train/archive.hpp"

namespace espalier::train {

/// Follows the links of the sparse layers over the epochs. One bit per possible link, twice.
class Census {
 public:
  explicit Census(const net::Network& network);

  /// Fills what `record` says about links: turnover, ever_active, returned, dead_neurons, connected, in_degree_sd,
  /// out_degree_sd and degrees. The standard deviations are over all neurons of all sparse layers together (divisor n). A
  /// network without sparse layers has turnover 0, sd 0, ever active 1. `rewired`: links exchanged since the last count, those
  /// that came back to their own place included, which the patterns do not show.
  void count(const net::Network& network, double rewired, core::Epoch& record);

  /// Saves or restores which links were live.
  void walk(Archive& archive);

 private:
  std::vector<std::vector<bool>> previous_, ever_;  ///< per sparse layer
  std::uint64_t possible_ = 0, ever_live_ = 0;
};

/// Share of the hidden neurons in the largest connected part of the graph whose links are those on a path from an input to an
/// output (0: no path). All places of a dense layer are links.
double connected_share(const net::Network& network);

}  // namespace espalier::train
