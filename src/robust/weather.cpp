// SPDX-License-Identifier: BSD-3-Clause
// fog, snow, spatter. Frozen: snow is imagecorruptions' (flakes by scipy's zoom between corner pixels, cut at the top left;
// shifts by whole pixels), of grey images as study2 runs it, while MNIST-C's function of that name calls ImageMagick and is not
// used for its data set. spatter is MNIST-C's: mud at every severity, where
// imagecorruptions has water at the first three, by OpenCV; colour images have only its mud.
#include "robust/weather.hpp"

#include <array>
#include <bit>
#include <limits>
#include <memory>

#include "robust/arithmetic.hpp"
#include "robust/blur.hpp"
#include "robust/modification.hpp"
#include "robust/plasma.hpp"
#include "robust/study2.hpp"

namespace espalier::robust {
namespace {

constexpr int map_side = 256;  // of MNIST-C, for images up to that size

Image normal_image(int height, int width, core::Random& random) {
  Image out(height, width);
  for (double& z : out.pixels) z = random.gaussian();
  return out;
}

struct Fog {
  double strength, decay;
};

Colours add_fog_to_colours(const Colours& image, core::Random& random, const Severe& settings) {
  const auto [strength, decay] =
      by_severity<Fog>({Fog{1.5, 2}, Fog{2, 2}, Fog{2.5, 1.7}, Fog{2.5, 1.5}, Fog{3, 1.4}}, settings.severity);
  const int height = image[0].height, width = image[0].width;
  const auto largest = static_cast<unsigned>(std::max({height, width, map_side}));
  const auto side = std::bit_ceil(largest);
  const PlasmaDraws draws = [&](std::size_t first, std::span<float> out) { random.peek_uniform(first, out); };
  return fog(image, plasma(static_cast<int>(side), decay, draws, height, width), strength);
}

Image add_fog(const Image& image, core::Random& random, const Severe& settings) {
  return add_fog_to_colours({image}, random, settings)[0];
}

Snowfall snowfall(int severity) {
  return by_severity<Snowfall>(
      {Snowfall{0.1, 0.3, 3, 0.5, 10, 4, 0.8}, Snowfall{0.2, 0.3, 2, 0.5, 12, 4, 0.7}, Snowfall{0.55, 0.3, 4, 0.9, 12, 8, 0.7},
       Snowfall{0.55, 0.3, 4.5, 0.85, 12, 8, 0.65}, Snowfall{0.55, 0.3, 2.5, 0.85, 12, 12, 0.55}},
      severity);
}

double falling_angle(core::Random& random) { return random.uniform(-135, -45) * pi / 180; }

Colours let_it_snow_on_colours(const Colours& image, core::Random& random, const Severe& settings) {
  const Snowfall how = snowfall(settings.severity);
  const double angle = falling_angle(random);
  const int height = flakes_along(image[0].height, how.zoom), width = flakes_along(image[0].width, how.zoom);
  return snow(image, normal_image(height, width, random), how, angle);
}

Image let_it_snow(const Image& image, core::Random& random, const Severe& settings) {
  const Snowfall how = snowfall(settings.severity);
  const double angle = falling_angle(random);
  const int height = image.height + 2 * study2::margin, width = image.width + 2 * study2::margin;
  return study2::snow(image, normal_image(flakes_along(height, how.zoom), flakes_along(width, how.zoom), random), how, angle);
}

Colours throw_mud_at_colours(const Colours& image, core::Random& random, const Severe& settings) {
  const Mud how = by_severity<Mud>({Mud{0.65, 0.3, 4, 0.69, 0.6}, Mud{0.65, 0.3, 3, 0.68, 0.6}, Mud{0.65, 0.3, 2, 0.68, 0.5},
                                    Mud{0.65, 0.3, 1, 0.65, 1.5}, Mud{0.67, 0.4, 1, 0.65, 1.5}},
                                   settings.severity);
  return spatter(image, normal_image(image[0].height, image[0].width, random), how);
}

Image throw_mud(const Image& image, core::Random& random, const Severe& settings) {
  return throw_mud_at_colours({image}, random, settings)[0];
}

int rounded(double x) { return static_cast<int>(std::nearbyint(x)); }

}  // namespace

Image flakes(const Image& draws, int height, int width, const Snowfall& how, double angle) {
  Image layer = draws;
  for (double& z : layer.pixels) z = how.mean + how.sd * z;
  layer = resized(layer, rounded(layer.height * how.zoom), rounded(layer.width * how.zoom));
  for (double& z : layer.pixels) z = z < how.threshold ? 0 : std::min(z, 1.0);
  layer = motion_blur(layer, how.radius, how.sigma, angle, Beyond::end);
  Image out(height, width);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) out.at(x, y) = layer.at(x, y);
  return out;
}

Colours fog(const Colours& image, const Image& heights, double strength) {
  double largest = 0;
  for (const Image& channel : image) largest = std::max(largest, std::ranges::max(channel.pixels));
  Colours out = image;
  for (Image& channel : out)
    for (int y = 0; y < channel.height; ++y)
      for (int x = 0; x < channel.width; ++x)
        channel.at(x, y) = (channel.at(x, y) + strength * heights.at(x, y)) * largest / (largest + strength);
  return out;
}

int flakes_along(int pixels, double zoom) { return static_cast<int>(std::ceil(pixels / zoom)); }

Colours snow(const Colours& image, const Image& draws, const Snowfall& how, double angle) {
  const Image layer = flakes(draws, image[0].height, image[0].width, how, angle);
  Colours out = image;
  for (std::size_t p = 0; p < layer.pixels.size(); ++p) {
    const double grey = 0.299 * image[0].pixels[p] + 0.587 * image[1].pixels[p] + 0.114 * image[2].pixels[p];
    const double snowflakes = layer.pixels[p] + layer.pixels[layer.pixels.size() - 1 - p];
    for (Image& channel : out) {
      const double x = channel.pixels[p];
      channel.pixels[p] = how.mix * x + (1 - how.mix) * std::max(x, 1.5 * grey + 0.5) + snowflakes;
    }
  }
  return out;
}

Colours spatter(const Colours& image, const Image& draws, const Mud& how) {
  constexpr std::array mud{63.0 / 255, 42.0 / 255, 20.0 / 255};
  Image wet = draws;
  for (double& z : wet.pixels) z = how.mean + how.sd * z;
  wet = gaussian_blur(wet, how.sigma, Edge::nearest);
  for (double& z : wet.pixels) z = z > how.threshold;
  wet = gaussian_blur(wet, how.edge_sigma, Edge::nearest);
  Colours out = image;
  for (std::size_t c = 0; c < out.size(); ++c)
    for (std::size_t p = 0; p < wet.pixels.size(); ++p) {
      const double w = wet.pixels[p] < 0.8 ? 0 : wet.pixels[p];
      out[c].pixels[p] = image[c].pixels[p] * (1 - w) + mud[c] * w;
    }
  return out;
}

Perturbation fog() {
  return corruption_of_images<add_fog, add_fog_to_colours>(
      by_severity("fog", "adds a plasma fractal as fog and lowers the contrast (MNIST-C's data set: 5)"),
      {.per_image = 4.4e-5, .per_value = 1.3e-8});
}

Perturbation snow() {
  Component<Severe> kind = by_severity("snow", "brightens the image and adds motion-blurred flakes (study2)");
  kind.definition = 2;  // bytes
  return corruption_of_images<let_it_snow, let_it_snow_on_colours>(std::move(kind), {.per_pixel = 3e-8, .per_value = 5e-9});
}

Perturbation spatter() {
  Component<Severe> kind = by_severity("spatter", "adds grey spots (MNIST-C's data set: 4), brown ones to colour images");
  kind.grey_only = [](const Severe& settings) { return settings.severity < 4; };
  return corruption_of_images<throw_mud, throw_mud_at_colours>(std::move(kind), {.per_pixel = 3.3e-8, .per_value = 1e-8});
}

}  // namespace espalier::robust
