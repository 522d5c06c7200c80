// impulse-noise and shot-noise. Frozen: study2's impulses fall on red, green and blue apart before the image turns grey
// (weights 0.2989, 0.587, 0.114), here without rounding to bytes.
#include "robust/arithmetic.hpp"
#include "robust/modification.hpp"

namespace espalier::robust {
namespace {

double salt_and_pepper(double x, double probability, core::Random& random) {
  const double u = random.uniform();
  return u < probability / 2 ? 0 : u < probability ? 1 : x;
}

Image add_impulses(const Image& image, core::Random& random, const core::Settings& settings) {
  const double probability = by_severity<double>({0.03, 0.06, 0.09, 0.17, 0.27}, settings);
  const bool colours = settings.text("suite") == "study2";
  Image out = image;
  for (double& x : out.pixels) {
    const double red = salt_and_pepper(x, probability, random);
    if (!colours) {
      x = red;
      continue;
    }
    const double green = salt_and_pepper(x, probability, random), blue = salt_and_pepper(x, probability, random);
    x = 0.2989 * red + 0.587 * green + 0.114 * blue;
  }
  return out;
}

/// Poisson number of mean `mean` <= 60 by inversion of its distribution function; one uniform number each.
int poisson(double mean, core::Random& random) {
  constexpr int beyond = 1000;  // out of reach of a 53-bit uniform number
  const double u = random.uniform();
  double probability = exponential(-mean), sum = probability;
  int k = 0;
  while (u >= sum && k < beyond) {
    ++k;
    probability *= mean / k;
    sum += probability;
  }
  return k;
}

Image count_photons(const Image& image, core::Random& random, const core::Settings& settings) {
  const double c = by_severity<double>({60, 25, 12, 5, 3}, settings);
  Image out = image;
  for (double& x : out.pixels) x = poisson(c * x, random) / c;
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
