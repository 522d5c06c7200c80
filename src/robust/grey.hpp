// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>

namespace espalier::robust {

/// Weights of red, green and blue in a grey image, as torchvision's rgb_to_grayscale. Their sum is 0.9999.
inline constexpr std::array grey_weights{0.2989, 0.587, 0.114};

}  // namespace espalier::robust
