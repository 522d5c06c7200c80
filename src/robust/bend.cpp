// SPDX-License-Identifier: BSD-3-Clause
// perspective and elastic as torchvision defines them where it is given the fill colour 0. Frozen: the displacement's edge is
// mirrored repeatedly for images smaller than the blur.
#include "robust/bend.hpp"

#include "robust/modification.hpp"

namespace espalier::robust {
namespace {

struct Perspective : PerturbationSettings {
  double level = 0;
};

struct Elastic : PerturbationSettings {
  double level = 0;
  double sigma = 5;
};

Image tilt(const Image& image, core::Random& random, const Perspective& settings) {
  const int w = image.width, h = image.height;
  const auto inward = [&](int half) { return double(random.below(static_cast<std::uint64_t>(settings.level * half) + 1)); };
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

Image bend(const Image& image, core::Random& random, const Elastic& settings) {
  const Image dx = random_field(image, random), dy = random_field(image, random);
  return elastic(image, dx, dy, settings.level, settings.sigma);
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
  return corruption_of_images<tilt>(
      Component<Perspective>{
          .name = "perspective",
          .description = "moves every corner inward by 0 to level * half a side (study2 at scale s: level 0.25 s)",
          .settings = {setting("level", &Perspective::level, {0, 0.9}, "half image sides",
                               "largest shift of a corner, rounded down to pixels")
                           .required()},
          .definition = 2},  // half-pixel convention and fading edge
      {.per_value = 3.7e-8});
}

Perturbation elastic() {
  return corruption_of_images<bend>(
      Component<Elastic>{
          .name = "elastic",
          .description = "moves pixels by a smoothed random displacement field (study2 at scale s: level 35 s)",
          .settings =
              {setting("level", &Elastic::level, {0, 1000}, "half pixels", "factor of the blurred displacements").required(),
               setting("sigma", &Elastic::sigma, {0.1, 100}, "pixels", "width of their Gaussian blur")},
          .definition = 2},  // fading edge
      {.per_value = 4e-8});
}

}  // namespace espalier::robust
