// SPDX-License-Identifier: BSD-3-Clause
// dotted-line and zigzag of MNIST-C. Frozen: the first and last columns and rows follow the image's shape (MNIST-C: those of 28);
// the height of a zigzag's end, tooth / (2 rest), counts a rest of at least one pixel (in 28 columns it is 3 or more).
#include "robust/strokes.hpp"

#include "robust/arithmetic.hpp"
#include "robust/modification.hpp"

namespace espalier::robust {
namespace {

/// Rows are drawn from 0 .. height - 2, as MNIST-C does.
int any_row(const Image& image, core::Random& random) {
  return static_cast<int>(random.below(static_cast<std::uint64_t>(std::max(image.height - 1, 1))));
}

Image draw_dots(const Image& image, core::Random& random) {
  const int left = any_row(image, random);
  return dotted_line(image, left, any_row(image, random));
}

Image draw_zigzag(const Image& image, core::Random& random) {
  const int left = any_row(image, random);
  return zigzag(image, left, left + static_cast<int>(random.below(10)) - 5);
}

/// Corners of a zigzag of length d along the x axis: teeth of length 2 and height 2 up and down, and its end.
std::vector<Point> corners(double d) {
  constexpr double length = 2, height = 2;
  std::vector<Point> out{{0, 0}};
  double side = height;
  for (double x = length; x <= d; x += 2 * length, side = -side) out.push_back({x, side});
  const double rest = d - 2 * length * std::floor(d / (2 * length));
  if (rest > 0) out.push_back({d, out.back().y / (2 * std::max(rest, 1.0))});
  return out;
}

}  // namespace

void add_line(Image& image, Point from, Point to) {
  if (from.x == to.x) return;
  const double slope = (to.y - from.y) / (to.x - from.x);
  const int first = std::max(static_cast<int>(std::floor(from.x)), 0);
  const int end = std::min(static_cast<int>(std::ceil(to.x)), image.width);
  for (int y = 0; y < image.height; ++y)
    for (int x = first; x < end; ++x) {
      const double distance = std::abs(y - (slope * (x - from.x) + from.y));
      if (distance >= 2.3) continue;
      const double light = std::max(core::natural_log(1 - distance / 2.3) + 1, 0.0);
      image.at(x, y) = std::min(image.at(x, y) + light, 1.0);
    }
}

Image dotted_line(const Image& image, int left, int right) {
  Image line(image.height, image.width);
  add_line(line, {0, double(left)}, {double(image.width - 1), double(right)});
  Image out = image;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      if (x % 4 >= 2) out.at(x, y) += line.at(x, y);
  return out;
}

Image zigzag(const Image& image, int left, int right) {
  const Point start{2, double(left)};
  const double run = image.width - 5, rise = right - left, d = std::sqrt(run * run + rise * rise);
  Image out = image;
  if (run <= 0) return out;
  const auto placed = [&](Point p) {
    return Point{start.x + (run * p.x - rise * p.y) / d, start.y + (rise * p.x + run * p.y) / d};
  };
  const std::vector<Point> bends = corners(d);
  for (std::size_t i = 1; i < bends.size(); ++i) add_line(out, placed(bends[i - 1]), placed(bends[i]));
  return out;
}

Perturbation dotted_line() {
  return corruption_of_grey_images<draw_dots>("dotted-line",
                                              "draws a bright dotted line across the image at random rows (MNIST-C)");
}

Perturbation zigzag() {
  return corruption_of_grey_images<draw_zigzag>("zigzag", "draws a bright zigzag line across the image at random rows (MNIST-C)");
}

}  // namespace espalier::robust
