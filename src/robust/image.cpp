// SPDX-License-Identifier: BSD-3-Clause
#include "robust/image.hpp"

#include <Eigen/Core>

#include "robust/arithmetic.hpp"

namespace espalier::robust {
namespace {

/// The pixel that stands for place i of a line of n; -1: none does, the place is black.
int inside(int i, int n, Edge edge) {
  if (edge == Edge::zero) return i >= 0 && i < n ? i : -1;
  if (edge == Edge::nearest || n == 1) return std::clamp(i, 0, n - 1);
  const int period = 2 * (n - 1);
  const int folded = ((i % period) + period) % period;
  return folded < n ? folded : period - folded;
}

/// Weights of -radius .. radius, of sum 1.
std::vector<double> gaussian_weights(double sigma) {
  const int radius = static_cast<int>(4 * sigma + 0.5);
  std::vector<double> weights;
  double sum = 0;
  for (int i = -radius; i <= radius; ++i) sum += weights.emplace_back(exponential(-0.5 * i * i / (sigma * sigma)));
  for (double& w : weights) w /= sum;
  return weights;
}

/// `pixels` (lines of `length` pixels) blurred along the lines and transposed.
Image blur_lines(const Image& image, const std::vector<double>& weights, Edge edge) {
  const int radius = static_cast<int>(weights.size() / 2);
  Image out(image.width, image.height);
  const auto width = static_cast<std::size_t>(image.width);
  std::vector<int> source;
  for (int x = -radius; x < image.width + radius; ++x) source.push_back(inside(x, image.width, edge));
  constexpr int block = 16;  // sums that stay in registers
  std::vector<double> line(source.size() + block, 0.0);
  for (int y = 0; y < image.height; ++y) {
    for (std::size_t i = 0; i < source.size(); ++i) line[i] = source[i] < 0 ? 0 : image.at(source[i], y);
    for (std::size_t first = 0; first < width; first += block) {
      using Block = Eigen::Array<double, block, 1>;
      Block sums = Block::Zero();
      for (std::size_t i = 0; i < weights.size(); ++i) sums += weights[i] * Eigen::Map<const Block>(&line[first + i]);
      for (std::size_t x = first; x < std::min(first + block, width); ++x)
        out.at(y, static_cast<int>(x)) = sums[static_cast<Eigen::Index>(x - first)];
    }
  }
  return out;
}

}  // namespace

Image padded(const Image& image, int margin) {
  Image out(image.height + 2 * margin, image.width + 2 * margin);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) out.at(x + margin, y + margin) = image.at(x, y);
  return out;
}

Image cropped(const Image& image, int margin) {
  Image out(image.height - 2 * margin, image.width - 2 * margin);
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) out.at(x, y) = image.at(x + margin, y + margin);
  return out;
}

Image resized(const Image& image, int height, int width) {
  const double sx = width > 1 ? double(image.width - 1) / (width - 1) : 0;
  const double sy = height > 1 ? double(image.height - 1) / (height - 1) : 0;
  Image out(height, width);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) out.at(x, y) = sample(image, {x * sx, y * sy});
  return out;
}

Point affine_source(const Image& image, const Linear& A, Point p) {
  const double cx = 0.5 * (image.width - 1), cy = 0.5 * (image.height - 1);
  const double x = p.x - cx, y = p.y - cy;
  return {cx + A[0] * x + A[1] * y, cy + A[2] * x + A[3] * y};
}

Image affine(const Image& image, const Linear& A, Point shift) {
  return warp(image, [&](Point p) {
    const Point source = affine_source(image, A, p);
    return Point{source.x + shift.x, source.y + shift.y};
  });
}

Point project(const Homography& H, Point p) {
  const double w = H[6] * p.x + H[7] * p.y + H[8];
  return {(H[0] * p.x + H[1] * p.y + H[2]) / w, (H[3] * p.x + H[4] * p.y + H[5]) / w};
}

// The map of the unit square to a quadrilateral in closed form [Heckbert 1989, section 2.2.3], inverted by its adjugate.
Homography rectify(const std::array<Point, 4>& q, int height, int width) {
  const double dx1 = q[1].x - q[2].x, dx2 = q[3].x - q[2].x, dx3 = q[0].x - q[1].x + q[2].x - q[3].x;
  const double dy1 = q[1].y - q[2].y, dy2 = q[3].y - q[2].y, dy3 = q[0].y - q[1].y + q[2].y - q[3].y;
  const double det = dx1 * dy2 - dx2 * dy1;
  const double g = (dx3 * dy2 - dx2 * dy3) / det, h = (dx1 * dy3 - dx3 * dy1) / det;
  const double a = q[1].x - q[0].x + g * q[1].x, b = q[3].x - q[0].x + h * q[3].x, c = q[0].x;
  const double d = q[1].y - q[0].y + g * q[1].y, e = q[3].y - q[0].y + h * q[3].y, f = q[0].y;
  const double sx = width - 1, sy = height - 1;
  return {sx * (e - f * h), sx * (c * h - b), sx * (b * f - c * e),  //
          sy * (f * g - d), sy * (a - c * g), sy * (c * d - a * f),  //
          d * h - e * g,    b * g - a * h,    a * e - b * d};
}

Image gaussian_blur(const Image& image, double sigma, Edge edge) {
  const std::vector<double> weights = gaussian_weights(sigma);
  return blur_lines(blur_lines(image, weights, edge), weights, edge);
}

Image gaussian_blur_of_columns(const Image& image, double sigma, Edge edge) {
  const std::vector<double> untouched{1};  // for its transposition
  return blur_lines(blur_lines(image, untouched, edge), gaussian_weights(sigma), edge);
}

}  // namespace espalier::robust
