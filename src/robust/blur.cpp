// SPDX-License-Identifier: BSD-3-Clause
// motion-blur and glass-blur. Frozen: MNIST-C's motion blur calls ImageMagick, whose result depends on its version; here it is
// ImageMagick's rule of whole-pixel shifts with repeated edges, in real numbers. glass-blur does not round to bytes
// between its steps. MNIST-C's published code blurs grey images with multichannel=True: scikit-image then takes the columns for
// colours and blurs only along the other axis. That is what its data set has; `isotropic` blurs along both. On colour images the
// line of the published code that swaps two pixels copies one: a pixel of a NumPy array with channels is a view, not a value.
#include "robust/blur.hpp"

#include <utility>

#include "robust/arithmetic.hpp"
#include "robust/modification.hpp"
#include "robust/study2.hpp"

namespace espalier::robust {
namespace {

struct Motion {
  int radius;
  double sigma;
};

Motion motion(int severity) {
  return by_severity<Motion>({Motion{10, 3}, Motion{15, 5}, Motion{15, 8}, Motion{15, 12}, Motion{20, 15}}, severity);
}

double motion_angle(core::Random& random) { return random.uniform(-45, 45) * pi / 180; }

/// study2's blur ends where a shift leaves the image.
Image move_channel(const Image& image, core::Random& random, const SuiteSeverity& settings) {
  const auto [radius, sigma] = motion(settings.severity);
  return motion_blur(image, radius, sigma, motion_angle(random), settings.suite == Suite::study2 ? Beyond::end : Beyond::edge);
}

Colours move_colours(const Colours& image, core::Random& random, const SuiteSeverity& settings) {
  return each_channel(image, random, &move_channel, settings);
}

Image move(const Image& image, core::Random& random, const SuiteSeverity& settings) {
  if (settings.suite == Suite::mnist_c) return move_channel(image, random, settings);
  const auto [radius, sigma] = motion(settings.severity);
  return study2::motion_blur(image, radius, sigma, motion_angle(random));
}

/// From the bottom right to the top left, every pixel or a share of them with one at most `reach` away.
void draw_swaps(const Image& image, int reach, double share, core::Random& random, std::vector<Swap>& swaps) {
  const auto offset = [&] { return static_cast<int>(random.below(static_cast<std::uint64_t>(2 * reach))) - reach; };
  for (int y = image.height - reach; y > reach; --y)
    for (int x = image.width - reach; x > reach; --x) {
      if (!random.coin(share)) continue;
      const int dx = offset(), dy = offset();
      swaps.push_back({x, y, dx, dy});
    }
}

struct Glass {
  double sigma;
  int reach, rounds;
};

struct GlassBlur : Severe {
  Along along = Along::columns;
};

Glass glass(int severity) {
  return by_severity<Glass>({Glass{0.7, 1, 2}, Glass{0.9, 2, 1}, Glass{1, 2, 3}, Glass{1.1, 3, 2}, Glass{1.5, 4, 2}}, severity);
}

/// imagecorruptions moves every pixel, MNIST-C every second one.
Colours look_through_glass_at_colours(const Colours& image, core::Random& random, const GlassBlur& settings) {
  const auto [sigma, reach, rounds] = glass(settings.severity);
  std::vector<Swap> moves;
  for (int round = 0; round < rounds; ++round) draw_swaps(image[0], reach, 1, random, moves);
  return glass_blur(image, sigma, moves);
}

Image look_through_glass(const Image& image, core::Random& random, const GlassBlur& settings) {
  const auto [sigma, reach, rounds] = glass(settings.severity);
  std::vector<Swap> swaps;
  for (int round = 0; round < rounds; ++round) draw_swaps(image, reach, 0.5, random, swaps);
  return glass_blur(image, sigma, swaps, settings.along);
}

/// out += weight times the image moved by (dx, dy); its edge pixels are repeated.
void add_shifted(const Image& image, int dx, int dy, double weight, Image& out) {
  const int last = image.width - 1, from = std::clamp(dx, 0, image.width), to = std::clamp(image.width + dx, from, image.width);
  for (int y = 0; y < image.height; ++y) {
    const double* row = &image.pixels[static_cast<std::size_t>(std::clamp(y - dy, 0, image.height - 1) * image.width)];
    double* sums = &out.pixels[static_cast<std::size_t>(y * image.width)];
    for (int x = 0; x < from; ++x) sums[x] += weight * row[0];
    for (int x = from; x < to; ++x) sums[x] += weight * row[x - dx];
    for (int x = to; x < image.width; ++x) sums[x] += weight * row[last];
  }
}

}  // namespace

Image motion_blur(const Image& image, int radius, double sigma, double angle, Beyond beyond) {
  std::vector<double> weights;
  double sum = 0;
  for (int i = 0; i <= 2 * radius; ++i) sum += weights.emplace_back(exponential(-0.5 * i * i / (sigma * sigma)));
  const double s = sine(angle), c = cosine(angle);
  Image out(image.height, image.width);
  for (int i = 0; i <= 2 * radius; ++i) {
    const int dy = -static_cast<int>(std::ceil(i * s - 0.5)), dx = -static_cast<int>(std::ceil(i * c - 0.5));
    if (beyond == Beyond::end && (std::abs(dy) >= image.height || std::abs(dx) >= image.width)) break;
    add_shifted(image, dx, dy, weights[static_cast<std::size_t>(i)] / sum, out);
  }
  return out;
}

Image glass_blur(const Image& image, double sigma, const std::vector<Swap>& swaps, Along along) {
  const auto blur = along == Along::both ? gaussian_blur : gaussian_blur_of_columns;
  Image out = blur(image, sigma, Edge::nearest);
  for (const auto [x, y, dx, dy] : swaps) std::swap(out.at(x, y), out.at(x + dx, y + dy));
  return blur(out, sigma, Edge::nearest);
}

Colours glass_blur(const Colours& image, double sigma, const std::vector<Swap>& moves) {
  Colours out;
  for (const Image& channel : image) {
    Image blurred = gaussian_blur(channel, sigma, Edge::nearest);
    for (const auto [x, y, dx, dy] : moves) blurred.at(x, y) = blurred.at(x + dx, y + dy);
    out.push_back(gaussian_blur(blurred, sigma, Edge::nearest));
  }
  return out;
}

Perturbation motion_blur() {
  return corruption_of_images<move, move_colours>(
      by_suite_and_severity("motion-blur", "one-sided blur along a random direction within 45 degrees (MNIST-C's data set: 1)"),
      {.per_value = 1.6e-8});
}

Perturbation glass_blur() {
  return corruption_of_images<look_through_glass, look_through_glass_at_colours>(
      Component<GlassBlur>{
          .name = "glass-blur",
          .description = "blur, pixels swapped with near ones, blur (MNIST-C's data set: 1)",
          .settings = {severity(), choice("suite", &GlassBlur::along, {{"mnist-c", Along::columns}, {"isotropic", Along::both}},
                                          "mnist-c: blurred only along the columns, as its code does; isotropic: along both axes")
                                       .legacy("isotropic")}},
      {.per_pixel = 3.9e-8, .per_value = 1.7e-8});
}

}  // namespace espalier::robust
