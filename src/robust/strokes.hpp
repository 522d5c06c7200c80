// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "robust/image.hpp"

namespace espalier::robust {

/// Adds a bright line from `from` to `to` (columns rising) to the columns floor(from.x) .. ceil(to.x) - 1 and clips to [0, 1]:
/// log(1 - d / 2.3) + 1, d being the distance in rows.
void add_line(Image& image, Point from, Point to);

/// The image with a line from the first column at row `left` to the last one at row `right`, two columns of every four.
Image dotted_line(const Image& image, int left, int right);

/// The image with a zigzag of teeth 4 pixels long and 2 high from the third column at row `left` to the third last at `right`.
Image zigzag(const Image& image, int left, int right);

}  // namespace espalier::robust
