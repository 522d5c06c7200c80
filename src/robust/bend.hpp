// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "robust/image.hpp"

namespace espalier::robust {

/// The image sampled at p + alpha / 2 times (dx, dy) blurred with `sigma`, dx and dy in [-1, 1] at every pixel: the
/// definition of torchvision's ElasticTransform, whose alpha counts half pixels.
Image elastic(const Image& image, const Image& dx, const Image& dy, double alpha, double sigma);

}  // namespace espalier::robust
