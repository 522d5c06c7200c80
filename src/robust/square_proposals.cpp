// SPDX-License-Identifier: BSD-3-Clause
#include "robust/square_proposals.hpp"

#include <algorithm>
#include <cmath>

namespace espalier::robust {
namespace {

struct Corner {
  std::uint32_t top, left;
};

Corner random_corner(ImageShape shape, std::uint32_t side, core::Random& random) {
  const auto place = [&](std::uint32_t length) {
    return length > side ? static_cast<std::uint32_t>(random.below(length - side)) : 0;
  };
  const std::uint32_t top = place(shape.height);
  return {top, place(shape.width)};
}

/// Height of the pattern of a half at Chebyshev distance `distance` from its centre: sum of 1 / (j + 1)^2 from j = distance.
double pyramid(std::uint32_t distance, std::uint32_t layers) {
  double sum = 0;
  for (std::uint32_t j = distance; j < layers; ++j) sum += 1.0 / ((j + 1.0) * (j + 1.0));
  return sum;
}

double norm_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double x : values) sum += x * x;
  return std::sqrt(sum);
}

/// Scales values to length 1; zeros stay.
void normalise(std::vector<double>& values) {
  const double norm = norm_of(values);
  for (double& x : values) x = norm > 0 ? x / norm : x;
}

/// `height` x `width` values of length 1.
std::vector<double> half_pattern(std::uint32_t height, std::uint32_t width) {
  const auto apart = [](std::uint32_t a, std::uint32_t b) { return a > b ? a - b : b - a; };
  const std::uint32_t layers = std::max(height / 2, width / 2) + 1;
  std::vector<double> out;
  for (std::uint32_t r = 0; r < height; ++r)
    for (std::uint32_t c = 0; c < width; ++c) out.push_back(pyramid(std::max(apart(r, height / 2), apart(c, width / 2)), layers));
  normalise(out);
  return out;
}

/// Change of an image, H x W.
std::vector<double> change_of(const Canvas& canvas) {
  std::vector<double> out;
  for (std::uint32_t r = 0; r < canvas.shape.height; ++r)
    for (std::uint32_t c = 0; c < canvas.shape.width; ++c)
      out.push_back(static_cast<double>(canvas.at(r, c)) - static_cast<double>(canvas.clean_at(r, c)));
  return out;
}

/// Sets the image to its clean one plus `change` scaled to length eps.
void set_change(const Canvas& canvas, const std::vector<double>& change, float eps) {
  const double norm = norm_of(change), factor = norm > 0 ? static_cast<double>(eps) / norm : 0;
  for (std::uint32_t r = 0; r < canvas.shape.height; ++r)
    for (std::uint32_t c = 0; c < canvas.shape.width; ++c) {
      const double x = static_cast<double>(canvas.clean_at(r, c)) + factor * change[r * canvas.shape.width + c];
      canvas.at(r, c) = static_cast<float>(x);
    }
}

/// Calls `use(value)` for the entries of a window of `change`.
template <typename Use>
void each_in_window(std::vector<double>& change, ImageShape shape, Corner corner, std::uint32_t side, Use use) {
  for (std::uint32_t r = corner.top; r < corner.top + side; ++r)
    for (std::uint32_t c = corner.left; c < corner.left + side; ++c) use(change[r * shape.width + c]);
}

double squares_in_window(std::vector<double>& change, ImageShape shape, Corner corner, std::uint32_t side) {
  double sum = 0;
  each_in_window(change, shape, corner, side, [&](double x) { sum += x * x; });
  return sum;
}

/// Sets a window to 0 and returns the sum of the squares that were in it.
double clear_window(std::vector<double>& change, ImageShape shape, Corner corner, std::uint32_t side) {
  const double sum = squares_in_window(change, shape, corner, side);
  each_in_window(change, shape, corner, side, [](double& x) { x = 0; });
  return sum;
}

}  // namespace

void add_stripes(const Canvas& canvas, float eps, core::Random& random) {
  for (std::uint32_t column = 0; column < canvas.shape.width; ++column) {
    const float change = random.coin(0.5) ? eps : -eps;
    for (std::uint32_t row = 0; row < canvas.shape.height; ++row) canvas.at(row, column) += change;
  }
}

void add_square(const Canvas& canvas, std::uint32_t side, float eps, core::Random& random) {
  const Corner corner = random_corner(canvas.shape, side, random);
  const float change = random.coin(0.5) ? 2 * eps : -2 * eps;
  for (std::uint32_t row = corner.top; row < corner.top + side; ++row)
    for (std::uint32_t column = corner.left; column < corner.left + side; ++column) canvas.at(row, column) += change;
}

std::vector<double> window_pattern(std::uint32_t side, bool transposed) {
  const std::uint32_t upper = side / 2;
  std::vector<double> rows = half_pattern(upper, side);
  for (const double x : half_pattern(side - upper, side)) rows.push_back(-x);
  normalise(rows);
  if (!transposed) return rows;
  std::vector<double> out(rows.size());
  for (std::uint32_t r = 0; r < side; ++r)
    for (std::uint32_t c = 0; c < side; ++c) out[c * side + r] = rows[r * side + c];
  return out;
}

void add_tiles(const Canvas& canvas, float eps, core::Random& random) {
  const std::uint32_t shorter = std::min(canvas.shape.height, canvas.shape.width), side = std::max(shorter / 5, 1u);
  const auto start = [&](std::uint32_t length) { return length % side / 2; };
  const Windows windows(side);
  std::vector<double> change(std::size_t{canvas.shape.height} * canvas.shape.width, 0);
  for (std::uint32_t top = start(canvas.shape.height); top + side <= canvas.shape.height; top += side)
    for (std::uint32_t left = start(canvas.shape.width); left + side <= canvas.shape.width; left += side) {
      const std::vector<double>& pattern = random.coin(0.5) ? windows.beside : windows.above;
      const double sign = random.coin(0.5) ? 1 : -1;
      std::size_t i = 0;
      each_in_window(change, canvas.shape, {top, left}, side, [&](double& x) { x += sign * pattern[i++]; });
    }
  set_change(canvas, change, eps);
}

Windows::Windows(std::uint32_t length)
    : side(length), above(window_pattern(length, false)), beside(window_pattern(length, true)) {}

void move_window(const Canvas& canvas, const Windows& windows, float eps, core::Random& random) {
  const std::uint32_t side = windows.side;
  const Corner to = random_corner(canvas.shape, side, random), from = random_corner(canvas.shape, side, random);
  std::vector<double> pattern = random.coin(0.5) ? windows.beside : windows.above;
  const double sign = random.coin(0.5) ? 1 : -1;
  std::vector<double> change = change_of(canvas);
  const double all = norm_of(change), unused = std::max(static_cast<double>(eps) * static_cast<double>(eps) - all * all, 0.0);

  const double old = std::sqrt(squares_in_window(change, canvas.shape, to, side));
  std::size_t i = 0;
  each_in_window(change, canvas.shape, to, side, [&](double x) {
    pattern[i] = sign * pattern[i] + (old > 0 ? x / old : 0);
    ++i;
  });
  normalise(pattern);
  const double in_windows = clear_window(change, canvas.shape, to, side) + clear_window(change, canvas.shape, from, side);
  const double length = std::sqrt(unused + in_windows);
  i = 0;
  each_in_window(change, canvas.shape, to, side, [&](double& x) { x = length * pattern[i++]; });
  set_change(canvas, change, eps);
}

}  // namespace espalier::robust
