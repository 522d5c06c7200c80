// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "robust/image.hpp"

namespace espalier::robust {

/// What happens where a shift is as long as the image: its edge fills the image, or the blur ends and its last weights are lost.
enum class Beyond { edge, end };

/// One-sided motion blur: weights exp(-i^2 / 2 sigma^2) for i = 0 .. 2 radius, of sum 1, on copies shifted by whole pixels
/// along `angle` (radians), edges repeated.
Image motion_blur(const Image& image, int radius, double sigma, double angle, Beyond beyond);

/// Pixel (x, y) changes places with (x + dx, y + dy).
struct Swap {
  int x, y, dx, dy;
};

/// Axes that a blur runs along: those of both, or only up and down the columns.
enum class Along { both, columns };

/// Blur, swaps one after another, blur.
Image glass_blur(const Image& image, double sigma, const std::vector<Swap>& swaps, Along along);

/// The same of a colour image, along both axes: pixel (x, y) becomes a copy of (x + dx, y + dy), in all channels.
Colours glass_blur(const Colours& image, double sigma, const std::vector<Swap>& moves);

}  // namespace espalier::robust
