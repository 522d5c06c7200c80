// SPDX-License-Identifier: BSD-3-Clause
// The order of the operations is that of the published code: where their exact result is whole, it decides about one byte.
#include "robust/study2.hpp"

#include "robust/blur.hpp"
#include "robust/grey.hpp"

namespace espalier::robust::study2 {
namespace {

double byte_of(double x) { return std::nearbyint(255 * x); }

/// The same quotients as k / 255 in double; pixels are floats.
double exact(double x) { return byte_of(x) / 255; }

double cut_off(double y) { return std::floor(255 * std::clamp(y, 0.0, 1.0)) / 255; }

template <typename Change>
Image changed(Image image, Change change) {
  for (double& x : image.pixels) x = change(x);
  return image;
}

}  // namespace

Image brightness(const Image& image, double c) {
  return changed(image, [&](double x) { return cut_off(std::min(exact(x) + c, 1.0)); });
}

Image contrast(const Image& image, double c) {
  double mean = 0;
  for (const double x : image.pixels) mean += exact(x);
  mean /= (image.height + 2 * margin) * (image.width + 2 * margin);
  return changed(image, [&](double x) { return cut_off((exact(x) - mean) * c + mean); });
}

float gaussian_noise(float x, const std::array<double, 3>& normal, double sd) {
  const double pixel = exact(static_cast<double>(x));
  std::array<float, 3> colours{};
  for (std::size_t i = 0; i < colours.size(); ++i) colours[i] = static_cast<float>(cut_off(pixel + sd * normal[i]));
  return grey_of(colours);
}

float impulse_noise(float x, const std::array<double, 3>& uniform, double amount) {
  std::array<float, 3> colours{};
  for (std::size_t i = 0; i < colours.size(); ++i) colours[i] = uniform[i] < amount / 2 ? 0 : uniform[i] < amount ? 1 : x;
  return grey_of(colours);
}

Image motion_blur(const Image& image, int radius, double sigma, double angle) {
  const Image bytes = padded(changed(image, byte_of), margin);
  const Image blurred = robust::motion_blur(bytes, radius, sigma, angle, Beyond::end);
  return cropped(changed(blurred, [](double k) { return std::floor(std::clamp(k, 0.0, 255.0)) / 255; }), margin);
}

Image snow(const Image& image, const Image& draws, const Snowfall& how, double angle) {
  const int height = image.height + 2 * margin, width = image.width + 2 * margin;
  const Image layer =
      changed(cropped(flakes(draws, height, width, how, angle), margin), [](double z) { return std::nearbyint(255 * z) / 255; });
  Image out = image;
  for (std::size_t p = 0; p < out.pixels.size(); ++p) {
    const double x = exact(image.pixels[p]);
    const double lightened = how.mix * x + (1 - how.mix) * std::max(x, 1.5 * x + 0.5);
    out.pixels[p] = cut_off(lightened + layer.pixels[p] + layer.pixels[layer.pixels.size() - 1 - p]);
  }
  return out;
}

}  // namespace espalier::robust::study2
