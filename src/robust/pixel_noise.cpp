// impulse-noise and shot-noise. Frozen: study2's impulses fall on red, green and blue apart before the image turns grey
// (weights 0.2989, 0.587, 0.114), here without rounding to bytes.
#include "robust/arithmetic.hpp"
#include "robust/grey.hpp"
#include "robust/modification.hpp"

namespace espalier::robust {
namespace {

double salt_and_pepper(double x, double probability, core::Random& random) {
  const double u = random.uniform();
  return u < probability / 2 ? 0 : u < probability ? 1 : x;
}

Image add_impulses(const Image& image, core::Random& random, const core::Settings& settings) {
  const double probability = by_severity<double>({0.03, 0.06, 0.09, 0.17, 0.27}, settings);
  const bool colours = is_study2(settings);
  Image out = image;
  for (double& x : out.pixels) {
    const double red = salt_and_pepper(x, probability, random);
    if (!colours) {
      x = red;
      continue;
    }
    const double green = salt_and_pepper(x, probability, random), blue = salt_and_pepper(x, probability, random);
    x = grey_weights[0] * red + grey_weights[1] * green + grey_weights[2] * blue;
  }
  return out;
}

/// Larger counts are out of reach of a 53-bit uniform number for means up to 60.
constexpr auto inverses = [] {
  std::array<double, 256> table{};
  for (std::size_t k = 1; k < table.size(); ++k) table[k] = 1.0 / static_cast<double>(k);
  return table;
}();

/// Poisson number of mean `mean` <= 60 by inversion of its distribution function at `u` from [0, 1).
std::size_t poisson(double mean, double u) {
  double probability = exponential(-mean), sum = probability;
  std::size_t k = 0;
  while (u >= sum && k + 1 < inverses.size()) {
    ++k;
    probability *= mean * inverses[k];
    sum += probability;
  }
  return k;
}

Image count_photons(const Image& image, core::Random& random, const core::Settings& settings) {
  const double c = by_severity<double>({60, 25, 12, 5, 3}, settings);
  Image out = image;
  for (double& x : out.pixels) {
    const double u = random.uniform();
    if (x > 0) x = static_cast<double>(poisson(c * x, u)) / c;
  }
  return out;
}

}  // namespace

Perturbation impulse_noise() {
  return {
      input_kind("impulse-noise", "pixels turned black or white, 0.03, 0.06, 0.09, 0.17, 0.27 of them (MNIST-C's data set: 4)",
                 {severity(), suite()}),
      each_image<add_impulses>()};
}

Perturbation shot_noise() {
  return {input_kind("shot-noise", "Poisson(c x) / c, c = 60, 25, 12, 5, 3 (MNIST-C's data set: 5)", {severity()}),
          each_image<count_photons>()};
}

}  // namespace espalier::robust
