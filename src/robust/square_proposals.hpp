// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "espalier/robust/perturbation.hpp"

/// The random changes that the Square attack proposes, image by image [Andriushchenko et al. 2020].
namespace espalier::robust {

/// Image `image` of a batch (D x B) with its clean one.
struct Canvas {
  net::Matrix& X;
  const net::Matrix& clean;
  Eigen::Index image;
  ImageShape shape;

  float& at(std::uint32_t channel, std::uint32_t row, std::uint32_t column) const {
    return X((channel * shape.height + row) * shape.width + column, image);
  }
};

/// Linf start: vertical stripes of +-eps, one sign per channel and column of the image.
void add_stripes(const Canvas& canvas, float eps, core::Random& random);

/// Linf step: +-2 eps in a square of side `side` at a uniform place, one sign per channel.
void add_square(const Canvas& canvas, std::uint32_t side, float eps, core::Random& random);

/// L2 start: tiles of a fifth of the height with the pattern of window_pattern() and a random sign per channel, scaled to length
/// eps.
void add_tiles(const Canvas& canvas, float eps, core::Random& random);

/// The two patterns of a window side, which all images of a query share.
struct Windows {
  explicit Windows(std::uint32_t side);

  std::uint32_t side;
  std::vector<double> above, beside;  ///< window_pattern(side, false), window_pattern(side, true)
};

/// L2 step: the change in one random window of side `side` is removed, and its length, with what is missing to eps (of several
/// channels an equal share of its square each), is added as a window pattern to another one, in every channel with a sign of its
/// own.
void move_window(const Canvas& canvas, const Windows& windows, float eps, core::Random& random);

/// The pattern of length 1 of a window (side x side, row-major): a positive and a negative half, each largest at its centre; the
/// halves are above each other, or beside each other when `transposed`.
std::vector<double> window_pattern(std::uint32_t side, bool transposed);

}  // namespace espalier::robust
