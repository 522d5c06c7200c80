// SPDX-License-Identifier: BSD-3-Clause
#include "robust/square_proposals.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

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

/// Change of an image, all channels.
std::vector<double> change_of(const Canvas& canvas) {
  std::vector<double> out;
  for (Eigen::Index d = 0; d < canvas.shape.size(); ++d)
    out.push_back(static_cast<double>(canvas.X(d, canvas.image)) - static_cast<double>(canvas.clean(d, canvas.image)));
  return out;
}

/// Sets the image to its clean one plus `change` scaled to length eps.
void set_change(const Canvas& canvas, const std::vector<double>& change, float eps) {
  const double norm = norm_of(change), factor = norm > 0 ? static_cast<double>(eps) / norm : 0;
  for (Eigen::Index d = 0; d < canvas.shape.size(); ++d) {
    const double x = static_cast<double>(canvas.clean(d, canvas.image)) + factor * change[static_cast<std::size_t>(d)];
    canvas.X(d, canvas.image) = static_cast<float>(x);
  }
}

/// A square of an image: its corner and its side.
struct Window {
  Corner corner;
  std::uint32_t side;
};

/// Calls `use(value)` for the entries of a window in one channel of `change`.
template <typename Use>
void each_in_window(std::vector<double>& change, ImageShape shape, std::uint32_t channel, const Window& window, Use use) {
  const auto [top, left] = window.corner;
  for (std::uint32_t r = top; r < top + window.side; ++r)
    for (std::uint32_t c = left; c < left + window.side; ++c) use(change[(channel * shape.height + r) * shape.width + c]);
}

double squares_in_window(std::vector<double>& change, ImageShape shape, std::uint32_t channel, const Window& window) {
  double sum = 0;
  each_in_window(change, shape, channel, window, [&](double x) { sum += x * x; });
  return sum;
}

/// Sets a window to 0 and returns the sum of the squares that were in it.
double clear_window(std::vector<double>& change, ImageShape shape, std::uint32_t channel, const Window& window) {
  const double sum = squares_in_window(change, shape, channel, window);
  each_in_window(change, shape, channel, window, [](double& x) { x = 0; });
  return sum;
}

/// The l2 step in one channel: clears both windows and puts `pattern`, added to the direction of the change that is there, into
/// `to`. Its length is that of what was cleared, and sqrt(unused) more.
void move_in_channel(std::vector<double>& change, ImageShape shape, std::uint32_t channel, const Window& to, const Window& from,
                     std::vector<double> pattern, double unused) {
  const double old = std::sqrt(squares_in_window(change, shape, channel, to));
  std::size_t i = 0;
  each_in_window(change, shape, channel, to, [&](double x) {
    pattern[i] += old > 0 ? x / old : 0;
    ++i;
  });
  normalise(pattern);
  const double in_windows = clear_window(change, shape, channel, to) + clear_window(change, shape, channel, from);
  const double length = std::sqrt(unused + in_windows);
  i = 0;
  each_in_window(change, shape, channel, to, [&](double& x) { x = length * pattern[i++]; });
}

}  // namespace

void add_stripes(const Canvas& canvas, float eps, core::Random& random) {
  for (std::uint32_t channel = 0; channel < canvas.shape.channels; ++channel)
    for (std::uint32_t column = 0; column < canvas.shape.width; ++column) {
      const float change = random.coin(0.5) ? eps : -eps;
      for (std::uint32_t row = 0; row < canvas.shape.height; ++row) canvas.at(channel, row, column) += change;
    }
}

void add_square(const Canvas& canvas, std::uint32_t side, float eps, core::Random& random) {
  const Corner corner = random_corner(canvas.shape, side, random);
  for (std::uint32_t channel = 0; channel < canvas.shape.channels; ++channel) {
    const float change = random.coin(0.5) ? 2 * eps : -2 * eps;
    for (std::uint32_t row = corner.top; row < corner.top + side; ++row)
      for (std::uint32_t column = corner.left; column < corner.left + side; ++column) canvas.at(channel, row, column) += change;
  }
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
  const ImageShape& shape = canvas.shape;
  const std::uint32_t shorter = std::min(shape.height, shape.width), side = std::max(shorter / 5, 1u);
  const auto start = [&](std::uint32_t length) { return length % side / 2; };
  const Windows windows(side);
  std::vector<double> change(shape.size(), 0);
  for (std::uint32_t top = start(shape.height); top + side <= shape.height; top += side)
    for (std::uint32_t left = start(shape.width); left + side <= shape.width; left += side) {
      const std::vector<double>& pattern = random.coin(0.5) ? windows.beside : windows.above;
      for (std::uint32_t channel = 0; channel < shape.channels; ++channel) {
        const double sign = random.coin(0.5) ? 1 : -1;
        std::size_t i = 0;
        each_in_window(change, shape, channel, {{top, left}, side}, [&](double& x) { x += sign * pattern[i++]; });
      }
    }
  set_change(canvas, change, eps);
}

Windows::Windows(std::uint32_t length)
    : side(length), above(window_pattern(length, false)), beside(window_pattern(length, true)) {}

void move_window(const Canvas& canvas, const Windows& windows, float eps, core::Random& random) {
  const ImageShape& shape = canvas.shape;
  const Window to{random_corner(shape, windows.side, random), windows.side};
  const Window from{random_corner(shape, windows.side, random), windows.side};
  const std::vector<double>& pattern = random.coin(0.5) ? windows.beside : windows.above;
  std::vector<double> change = change_of(canvas);
  const double all = norm_of(change), unused = std::max(static_cast<double>(eps) * static_cast<double>(eps) - all * all, 0.0);
  for (std::uint32_t channel = 0; channel < shape.channels; ++channel) {
    std::vector<double> signed_pattern = pattern;
    if (!random.coin(0.5))
      for (double& x : signed_pattern) x = -x;
    move_in_channel(change, shape, channel, to, from, std::move(signed_pattern), unused / shape.channels);
  }
  set_change(canvas, change, eps);
}

}  // namespace espalier::robust
