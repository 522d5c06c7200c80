// SPDX-License-Identifier: BSD-3-Clause
// impulse-noise and shot-noise.
#include "robust/arithmetic.hpp"
#include "robust/modification.hpp"
#include "robust/study2.hpp"

namespace espalier::robust {
namespace {

double share_of_bits(core::Random& random) { return random.bits() * 0x1p-32; }

double salt_and_pepper(double x, double probability, core::Random& random) {
  const double u = share_of_bits(random);
  return u < probability / 2 ? 0 : u < probability ? 1 : x;
}

double impulse_share(int severity) { return by_severity<double>({0.03, 0.06, 0.09, 0.17, 0.27}, severity); }

/// On every channel apart, as scikit-image's random_noise does.
Colours add_impulses_to_colours(const Colours& image, core::Random& random, const SuiteSeverity& settings) {
  const double probability = impulse_share(settings.severity);
  Colours out = image;
  for (Image& channel : out)
    for (double& x : channel.pixels) x = salt_and_pepper(x, probability, random);
  return out;
}

Image add_impulses(const Image& image, core::Random& random, const SuiteSeverity& settings) {
  const double probability = impulse_share(settings.severity);
  const bool study2 = settings.suite == Suite::study2;
  Image out = image;
  for (double& x : out.pixels) {
    if (!study2) {
      x = salt_and_pepper(x, probability, random);
      continue;
    }
    std::array<double, 3> uniform{};
    for (double& u : uniform) u = share_of_bits(random);
    x = static_cast<double>(study2::impulse_noise(static_cast<float>(x), uniform, probability));
  }
  return out;
}

/// Poisson numbers of mean c x <= 60 by inversion of their distribution function. Its values are kept for the last x of each of
/// 256 slots: images of bytes have no more.
class Photons {
 public:
  explicit Photons(double c) : c_(c), slots_(256) {}

  /// The number at `u` from [0, 1).
  double count(float x, double u) {
    Slot& slot = slots_[static_cast<std::size_t>(x * 255 + 0.5f) % slots_.size()];
    if (slot.x != x) slot = {x, distribution(c_ * static_cast<double>(x))};
    const std::vector<double>& below = slot.below;
    std::size_t k = std::min(static_cast<std::size_t>(c_ * static_cast<double>(x)), below.size() - 1);
    while (k > 0 && u < below[k - 1]) --k;
    while (k + 1 < below.size() && u >= below[k]) ++k;
    return static_cast<double>(k);
  }

 private:
  struct Slot {
    float x = -1;
    std::vector<double> below;  ///< P(number <= k)
  };

  /// As far as 53-bit numbers reach.
  static std::vector<double> distribution(double mean) {
    std::vector<double> below;
    double probability = exponential(-mean), sum = probability;
    for (int k = 1; below.push_back(sum), k < mean || probability > 1e-17; ++k) {
      probability *= mean / k;
      sum += probability;
    }
    return below;
  }

  double c_;
  std::vector<Slot> slots_;
};

net::Matrix count_photons(const net::Batch& clean, ImageShape, const Severe& settings, const core::Stream& stream) {
  const double c = by_severity<double>({60, 25, 12, 5, 3}, settings.severity);
  Photons photons(c);
  net::Matrix X(clean.X.cols(), clean.X.rows());  // image-major while it is made
  for (Eigen::Index b = 0; b < X.rows(); ++b) {
    core::Random random = stream.random(clean.images[static_cast<std::size_t>(b)]);
    for (Eigen::Index d = 0; d < X.cols(); ++d) {
      const double u = random.uniform();
      const float x = clean.X(d, b);
      X(b, d) = x > 0 ? static_cast<float>(std::min(photons.count(x, u) / c, 1.0)) : 0;
    }
  }
  return X.transpose();
}

}  // namespace

Perturbation impulse_noise() {
  return corruption_of_images<add_impulses, add_impulses_to_colours>(
      by_suite_and_severity(
          "impulse-noise",
          "turns a share of 0.03, 0.06, 0.09, 0.17, 0.27 of the pixels black or white (MNIST-C's data set: 4); study2: "
          "of each colour channel, then converted to grey"),
      {.per_value = 1.2e-8});
}

Perturbation shot_noise() {
  return corruption(by_severity("shot-noise", "Poisson(c x) / c, c = 60, 25, 12, 5, 3 (MNIST-C's data set: 5)"), count_photons,
                    {.per_value = 3.4e-8});
}

}  // namespace espalier::robust
