// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "robust/image.hpp"

namespace espalier::robust {

/// The image whose corners (top left, top right, bottom right, bottom left) are moved to `corners`: torchvision's `perspective`.
Image perspective(const Image& image, const std::array<Point, 4>& corners);

/// The image sampled at p + alpha / 2 times (dx, dy) blurred with `sigma`, dx and dy in [-1, 1] at every pixel: the
/// definition of torchvision's ElasticTransform, whose alpha counts half pixels.
Image elastic(const Image& image, const Image& dx, const Image& dy, double alpha, double sigma);

}  // namespace espalier::robust
