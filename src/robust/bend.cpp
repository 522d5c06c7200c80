// SPDX-License-Identifier: BSD-3-Clause
// perspective and elastic as torchvision defines them where it is given the fill colour 0. Frozen: the displacement's edge is
// mirrored repeatedly for images smaller than the blur.
#include "robust/bend.hpp"

#include "robust/modification.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {
namespace {

Image tilt(const Image& image, core::Random& random, const core::Settings& settings) {
  const double level = settings.number("level");
  const int w = image.width, h = image.height;
  const auto inward = [&](int half) { return double(random.below(static_cast<std::uint64_t>(level * half) + 1)); };
  std::array<Point, 4> corners{Point{0, 0}, Point{w - 1.0, 0}, Point{w - 1.0, h - 1.0}, Point{0, h - 1.0}};
  for (Point& p : corners) {
    const double x = inward(w / 2), y = inward(h / 2);
    p.x += p.x > 0 ? -x : x;
    p.y += p.y > 0 ? -y : y;
  }
  return perspective(image, corners);
}

Image random_field(const Image& like, core::Random& random) {
  Image field(like.height, like.width);
  std::vector<float> draws(field.pixels.size());
  random.fill_uniform(draws);
  std::ranges::copy(draws, field.pixels.begin());
  return field;
}

Image bend(const Image& image, core::Random& random, const core::Settings& settings) {
  const Image dx = random_field(image, random), dy = random_field(image, random);
  return elastic(image, dx, dy, settings.number("level"), settings.number("sigma"));
}

}  // namespace

// torchvision finds the homography between corner pixels by their integer coordinates, but applies it to pixel centres at half
// integers.
Image perspective(const Image& image, const std::array<Point, 4>& corners) {
  const Homography H = rectify(corners, image.height, image.width);
  return faded_warp(image, [&](Point p) {
    const Point source = project(H, {p.x + 0.5, p.y + 0.5});
    return Point{source.x - 0.5, source.y - 0.5};
  });
}

Image elastic(const Image& image, const Image& dx, const Image& dy, double alpha, double sigma) {
  const Image u = gaussian_blur(dx, sigma, Edge::mirror), v = gaussian_blur(dy, sigma, Edge::mirror);
  return faded_warp(image, [&](Point p) {
    const int x = static_cast<int>(p.x), y = static_cast<int>(p.y);
    return Point{p.x + 0.5 * alpha * u.at(x, y), p.y + 0.5 * alpha * v.at(x, y)};
  });
}

Perturbation perspective() {
  core::Kind kind = input_kind(
      "perspective", "moves every corner inward by 0 to level * half a side (study2 at scale s: level 0.25 s)",
      {number("level", 0, 0.9, "half image sides", "largest shift of a corner, rounded down to pixels")}, {.per_value = 3.7e-8});
  kind.definition = 2;  // half-pixel convention and fading edge
  return {std::move(kind), each_image<tilt>()};
}

Perturbation elastic() {
  core::Kind kind = input_kind("elastic", "moves pixels by a smoothed random displacement field (study2 at scale s: level 35 s)",
                               {number("level", 0, 1000, "half pixels", "factor of the blurred displacements"),
                                number("sigma", 0.1, 100, 5, "pixels", "width of their Gaussian blur")},
                               {.per_value = 4e-8});
  kind.definition = 2;  // fading edge
  return {std::move(kind), each_image<bend>()};
}

}  // namespace espalier::robust
