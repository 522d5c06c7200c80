// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <vector>

#include "robust/ball.hpp"

namespace espalier::robust {

/// The shortest change d (in `norm`) with w . d = gain and 0 <= x + d <= 1: the projection of x onto a hyperplane within the box.
/// Where the box does not reach the hyperplane, the change of largest gain. x, w and d have D entries; x is in [0, 1].
std::vector<double> shortest_change(Norm norm, std::span<const float> x, std::span<const float> w, double gain);

}  // namespace espalier::robust
