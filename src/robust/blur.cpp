// motion-blur and glass-blur. Frozen: motion-blur is the integer-shift rule of imagecorruptions for both suites, because
// MNIST-C's own calls ImageMagick, whose result depends on its version; glass-blur does not round to bytes between its steps.
#include "robust/blur.hpp"

#include <utility>

#include "robust/arithmetic.hpp"
#include "robust/modification.hpp"

namespace espalier::robust {
namespace {

struct Motion {
  int radius;
  double sigma;
};

Image move(const Image& image, core::Random& random, const core::Settings& settings) {
  const auto [radius, sigma] =
      by_severity<Motion>({Motion{10, 3}, Motion{15, 5}, Motion{15, 8}, Motion{15, 12}, Motion{20, 15}}, settings);
  return motion_blur(image, radius, sigma, random.uniform(-45, 45) * pi / 180);
}

/// Swaps pixels with one at most `reach` away, from the bottom right to the top left.
void shuffle_pixels(Image& image, int reach, core::Random& random) {
  const auto offset = [&] { return static_cast<int>(random.below(static_cast<std::uint64_t>(2 * reach))) - reach; };
  for (int y = image.height - reach; y > reach; --y)
    for (int x = image.width - reach; x > reach; --x) {
      if (!random.coin(0.5)) continue;
      const int dx = offset(), dy = offset();
      std::swap(image.at(x, y), image.at(x + dx, y + dy));
    }
}

struct Glass {
  double sigma;
  int reach, rounds;
};

Image look_through_glass(const Image& image, core::Random& random, const core::Settings& settings) {
  const auto [sigma, reach, rounds] =
      by_severity<Glass>({Glass{0.7, 1, 2}, Glass{0.9, 2, 1}, Glass{1, 2, 3}, Glass{1.1, 3, 2}, Glass{1.5, 4, 2}}, settings);
  Image out = gaussian_blur(image, sigma, Edge::nearest);
  for (int round = 0; round < rounds; ++round) shuffle_pixels(out, reach, random);
  return gaussian_blur(out, sigma, Edge::nearest);
}

}  // namespace

Image motion_blur(const Image& image, int radius, double sigma, double angle) {
  std::vector<double> weights;
  double sum = 0;
  for (int i = 0; i <= 2 * radius; ++i) sum += weights.emplace_back(exponential(-0.5 * i * i / (sigma * sigma)));
  const double s = sine(angle), c = cosine(angle);
  Image out(image.height, image.width);
  for (int i = 0; i <= 2 * radius; ++i) {
    const int dy = -static_cast<int>(std::ceil(i * s - 0.5)), dx = -static_cast<int>(std::ceil(i * c - 0.5));
    if (std::abs(dy) >= image.height || std::abs(dx) >= image.width) break;
    const double weight = weights[static_cast<std::size_t>(i)] / sum;
    for (int y = 0; y < image.height; ++y)
      for (int x = 0; x < image.width; ++x)
        out.at(x, y) += weight * image.at(std::clamp(x - dx, 0, image.width - 1), std::clamp(y - dy, 0, image.height - 1));
  }
  return out;
}

Perturbation motion_blur() {
  return {input_kind("motion-blur", "one-sided blur along a random direction within 45 degrees (MNIST-C's data set: 1)",
                     {severity()}),
          each_image<move>()};
}

Perturbation glass_blur() {
  return {input_kind("glass-blur", "blur, pixels swapped with near ones, blur (MNIST-C's data set: 1)", {severity()}),
          each_image<look_through_glass>()};
}

}  // namespace espalier::robust
