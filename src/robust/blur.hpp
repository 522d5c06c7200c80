#pragma once

#include "robust/image.hpp"

namespace espalier::robust {

/// One-sided motion blur: weights exp(-i^2 / 2 sigma^2) for i = 0 .. 2 radius, of sum 1, on copies shifted by whole pixels
/// along `angle` (radians), edges repeated. Ends where the shift leaves the image; the lost weights stay lost.
Image motion_blur(const Image& image, int radius, double sigma, double angle);

}  // namespace espalier::robust
