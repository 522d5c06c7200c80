#pragma once

#include <cstdint>
#include <vector>

#include "espalier/core/results.hpp"
#include "espalier/net/network.hpp"

namespace espalier::train {

/// Follows the links of the sparse layers over the epochs. One bit per possible link, twice.
class Census {
 public:
  explicit Census(const net::Network& network);

  /// Fills turnover, dead_neurons, ever_active, in_degree_sd and out_degree_sd of `record`. The standard deviations are over
  /// all neurons of all sparse layers together (divisor n). A network without sparse layers has turnover 0, sd 0, ever active 1.
  void count(const net::Network& network, core::Epoch& record);

 private:
  std::vector<std::vector<bool>> previous_, ever_;  ///< per sparse layer
  std::uint64_t possible_ = 0, ever_live_ = 0;
};

}  // namespace espalier::train
