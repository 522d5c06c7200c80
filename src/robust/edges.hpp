// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "robust/image.hpp"

namespace espalier::robust {

/// Edges [Canny 1986] as 1, all else 0: Gaussian blur (black beyond the image, divided by the blur of a white one), Sobel
/// gradients, maxima across the edge by interpolation, strength of at least 0.1, joined to one of at least 0.2. The outermost
/// pixels are no edges. As skimage.feature.canny of scikit-image 0.19.
Image canny(const Image& image, double sigma);

}  // namespace espalier::robust
