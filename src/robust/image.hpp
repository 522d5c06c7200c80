// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

/// One grey image and the few operations that the modifications are made of. Pixel (x, y) is column x, row y; all coordinates
/// are pixel centres, so that the image's centre is ((width - 1) / 2, (height - 1) / 2).
namespace espalier::robust {

struct Image {
  int height = 0, width = 0;
  std::vector<double> pixels;  ///< height * width, row by row

  Image(int rows, int columns, double value = 0)
      : height(rows), width(columns), pixels(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns), value) {}

  double& at(int x, int y) {
    return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
  }
  double at(int x, int y) const {
    return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
  }
};

/// The channels of a colour image, of one shape: red, green, blue.
using Colours = std::vector<Image>;

struct Point {
  double x = 0, y = 0;
};

/// The image between its pixels, bilinearly; zero outside, as in skimage.transform.warp(order=1, mode="constant").
inline double sample(const Image& image, Point p) {
  if (!(p.x > -1 && p.y > -1 && p.x < image.width && p.y < image.height)) return 0;
  const int left = static_cast<int>(std::floor(p.x)), top = static_cast<int>(std::floor(p.y));
  const double u = p.x - left, v = p.y - top;
  const auto pixel = [&](int x, int y) { return x >= 0 && y >= 0 && x < image.width && y < image.height ? image.at(x, y) : 0.0; };
  return (1 - v) * ((1 - u) * pixel(left, top) + u * pixel(left + 1, top)) +
         v * ((1 - u) * pixel(left, top + 1) + u * pixel(left + 1, top + 1));
}

/// The image whose pixel (x, y) is the sample at `source({x, y})`.
template <typename Source>
Image warp(const Image& image, Source source) {
  Image out(image.height, image.width);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) out.at(x, y) = sample(image, source(Point{double(x), double(y)}));
  return out;
}

/// The share of a sample at p inside the image: the sample of an image of ones.
inline double coverage(const Image& image, Point p) {
  const auto along = [](double x, int n) {
    if (!(x > -1 && x < n)) return 0.0;
    return std::min({1.0, x + 1, n - x});
  };
  return along(p.x, image.width) * along(p.y, image.height);
}

/// As torchvision samples where it is given the fill colour 0: multiplied by the coverage once more, which samples with zero
/// outside already have.
template <typename Source>
Image faded_warp(const Image& image, Source source) {
  Image out(image.height, image.width);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const Point p = source(Point{double(x), double(y)});
      out.at(x, y) = sample(image, p) * coverage(image, p);
    }
  return out;
}

/// Linear map by rows: (x, y) -> (a[0] x + a[1] y, a[2] x + a[3] y)
using Linear = std::array<double, 4>;

/// Samples at centre + A (p - centre) + shift; `affine_source` is that place.
Image affine(const Image& image, const Linear& A, Point shift = {});
Point affine_source(const Image& image, const Linear& A, Point p);

/// Homography by rows, the last entry 1 up to scale.
using Homography = std::array<double, 9>;

Point project(const Homography& H, Point p);

/// The homography that maps `corners` (top left, top right, bottom right, bottom left) to those of a width x height image.
Homography rectify(const std::array<Point, 4>& corners, int height, int width);

/// The image with `margin` pixels of zero around it, and without its outermost `margin` pixels.
Image padded(const Image& image, int margin);
Image cropped(const Image& image, int margin);

/// Samples between the image's corner pixels on a grid of other size, as scipy.ndimage.zoom(order=1).
Image resized(const Image& image, int height, int width);

/// How an image continues beyond its edge: by its last pixel, mirrored about the centre of its last pixel, or black.
enum class Edge { nearest, mirror, zero };

/// Gaussian blur, cut off at 4 sigma as in scipy.ndimage.gaussian_filter(truncate=4).
Image gaussian_blur(const Image& image, double sigma, Edge edge);
/// The same blur, only along the columns.
Image gaussian_blur_of_columns(const Image& image, double sigma, Edge edge);

}  // namespace espalier::robust
