// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "espalier/net/network.hpp"

namespace espalier::robust {

/// The mean of X_0 .. X_nth from the mean of X_0 .. X_nth-1. Equal terms give a mean with exactly their bits.
inline void add_to_mean(net::Matrix& mean, const net::Matrix& X, std::uint64_t nth) {
  if (nth == 0)
    mean = X;
  else
    mean += (X - mean) / static_cast<float>(nth + 1);
}

}  // namespace espalier::robust
