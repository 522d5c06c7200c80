// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "robust/image.hpp"

namespace espalier::robust {

/// (x + strength p) m / (m + strength), m the largest pixel of all channels and p the heights
Colours fog(const Colours& image, const Image& heights, double strength);

struct Snowfall {
  double mean, sd, zoom, threshold;  ///< of the flakes: their normal numbers, how often they are enlarged, the least that stays
  int radius;
  double sigma;  ///< of their motion blur
  double mix;    ///< share of the image that is not lightened
};

/// Side of the square of normal numbers that become the flakes of `pixels` pixels.
int flakes_along(int pixels, double zoom);

/// The flakes on a black image of height x width. `draws` has flakes_along() of the height and width rows and columns of normal
/// numbers; `angle` (radians) is the direction of their fall.
Image flakes(const Image& draws, int height, int width, const Snowfall& how, double angle);

/// m x + (1 - m) max(x, 1.5 g + 0.5) + flakes + the flakes turned by 180 degrees, g being 0.299 red + 0.587 green + 0.114 blue.
/// For grey images see study2.hpp.
Colours snow(const Colours& image, const Image& draws, const Snowfall& how, double angle);

struct Mud {
  double mean, sd, sigma, threshold;  ///< of the liquid: its normal numbers, their blur, the least that is wet
  double edge_sigma;                  ///< blur of the wet places
};

/// x (1 - w) + m w with w the blurred wet places of at least 0.8 and m the mud: 63/255, of green 42/255, of blue 20/255. `draws`
/// are normal numbers.
Colours spatter(const Colours& image, const Image& draws, const Mud& how);

}  // namespace espalier::robust
