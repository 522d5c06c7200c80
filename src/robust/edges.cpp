// SPDX-License-Identifier: BSD-3-Clause
// canny-edges of MNIST-C. Frozen: scikit-image 0.19.0 left out the division by the blurred mask at the image's border, and
// thresholds once scaled with the pixel type; here they are those of 0.14 to 0.18 and 0.19.3 for real pixels, as MNIST-C calls
// it.
#include "robust/edges.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "robust/modification.hpp"

namespace espalier::robust {
namespace {

constexpr double low_threshold = 0.1, high_threshold = 0.2;

Image smoothed(const Image& image, double sigma) {
  Image out = gaussian_blur(image, sigma, Edge::zero);
  const Image white = gaussian_blur(Image(image.height, image.width, 1), sigma, Edge::zero);
  for (std::size_t p = 0; p < out.pixels.size(); ++p) out.pixels[p] /= white.pixels[p] + std::numeric_limits<double>::epsilon();
  return out;
}

/// Gradient by Sobel's weights along (ux, uy), edges repeated.
double sobel(const Image& image, int x, int y, int ux, int uy) {
  const auto pixel = [&](int i, int j) {
    return image.at(std::clamp(i, 0, image.width - 1), std::clamp(j, 0, image.height - 1));
  };
  const auto side = [&](int sign) {
    const int cx = x + sign * ux, cy = y + sign * uy;
    return pixel(cx - uy, cy - ux) + 2 * pixel(cx, cy) + pixel(cx + uy, cy + ux);
  };
  return side(1) - side(-1);
}

struct Gradient {
  Image x, y, length;
};

Gradient gradient(const Image& image) {
  Gradient g{image, image, image};
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const double gx = sobel(image, x, y, 1, 0), gy = sobel(image, x, y, 0, 1);
      g.x.at(x, y) = gx;
      g.y.at(x, y) = gy;
      g.length.at(x, y) = std::sqrt(gx * gx + gy * gy);
    }
  return g;
}

/// Whether the gradient at (x, y) is at least as long as on both sides across the edge, between their two pixels nearest to it.
bool is_crest(const Gradient& g, int x, int y) {
  const double gx = g.x.at(x, y), gy = g.y.at(x, y), here = g.length.at(x, y);
  if (here == 0) return false;
  const bool steep = std::abs(gy) >= std::abs(gx);
  const double weight = steep ? std::abs(gx) / std::abs(gy) : std::abs(gy) / std::abs(gx);
  const int diagonal = gx * gy >= 0 ? 1 : -1;  // of (1, diagonal) and (-1, -diagonal)
  const auto beside = [&](int sign) {
    const double straight = steep ? g.length.at(x, y + sign) : g.length.at(x + sign, y);
    const double slanted = steep ? g.length.at(x + sign * diagonal, y + sign) : g.length.at(x + sign, y + sign * diagonal);
    return slanted * weight + straight * (1 - weight);
  };
  return beside(1) <= here && beside(-1) <= here;
}

/// Marks (x, y) and all candidates that touch it, directly or through others.
void follow(Image& candidates, int x, int y, Image& edges) {
  std::vector<std::pair<int, int>> open{{x, y}};
  candidates.at(x, y) = 0;
  while (!open.empty()) {
    const auto [cx, cy] = open.back();
    open.pop_back();
    edges.at(cx, cy) = 1;
    for (int j = cy - 1; j <= cy + 1; ++j)  // candidates keep away from the image's border
      for (int i = cx - 1; i <= cx + 1; ++i)
        if (std::exchange(candidates.at(i, j), 0) > 0) open.emplace_back(i, j);
  }
}

Image find_edges(const Image& image, core::Random&) { return canny(image, 1); }

}  // namespace

Image canny(const Image& image, double sigma) {
  const Gradient g = gradient(smoothed(image, sigma));
  Image candidates(image.height, image.width), edges(image.height, image.width);
  for (int y = 1; y < image.height - 1; ++y)
    for (int x = 1; x < image.width - 1; ++x) candidates.at(x, y) = g.length.at(x, y) >= low_threshold && is_crest(g, x, y);
  for (int y = 1; y < image.height - 1; ++y)
    for (int x = 1; x < image.width - 1; ++x)
      if (candidates.at(x, y) > 0 && g.length.at(x, y) >= high_threshold) follow(candidates, x, y, edges);
  return edges;
}

Perturbation canny_edges() {
  return corruption_of_grey_images<find_edges>(
      "canny-edges", "keeps only the edges found by the Canny detector, white on black (MNIST-C)", {.per_value = 4.2e-8});
}

}  // namespace espalier::robust
