// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "robust/image.hpp"

namespace espalier::robust {

/// Writes numbers first, first + 1, ... of side^2 - 1 numbers on [-1, 1] to `out`.
using PlasmaDraws = std::function<void(std::size_t first, std::span<float> out)>;

/// Heights between 0 and 1 by the diamond-square method [Fournier et al. 1982] on a torus of side x side points (a power of 2)
/// whose first corner is 0: centres of squares, then of the diamonds above and beside them, row by row, are the mean of their
/// four neighbours plus an amplitude times the next of `draws`. From one step to the next the amplitude falls by decay^2. The
/// extremes of the whole torus become 0 and 1; its top left height x width points are returned.
Image plasma(int side, double decay, const PlasmaDraws& draws, int height, int width);

}  // namespace espalier::robust
