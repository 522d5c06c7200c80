// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>

namespace espalier::robust {

/// Weights of red, green and blue in a grey image, as torchvision's rgb_to_grayscale. Their sum is 0.9999.
inline constexpr std::array grey_weights{0.2989f, 0.587f, 0.114f};

/// Of one pixel's red, green and blue, in float32.
inline float grey_of(const std::array<float, 3>& colours) {
  return grey_weights[0] * colours[0] + grey_weights[1] * colours[1] + grey_weights[2] * colours[2];
}

}  // namespace espalier::robust
