// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "espalier/net/network.hpp"

namespace espalier::robust {

/// Size of the change of each image, in their order.
struct Change {
  std::vector<double> linf;  ///< largest absolute change of a pixel
  std::vector<double> l2;    ///< Euclidean length of the change
};

/// Measures the change from `clean` to `changed` (both D x B) and appends it.
void measure(const net::Matrix& clean, const net::Matrix& changed, Change& change);

double mean(const std::vector<double>& values);
double median(std::vector<double> values);

}  // namespace espalier::robust
