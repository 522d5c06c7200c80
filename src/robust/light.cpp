// SPDX-License-Identifier: BSD-3-Clause
// brightness, contrast, stripe, obstruction. Frozen: mnist-c's brightness is the sum, which its way through HSV of a grey image
// gives up to rounding. Of colour images brightness raises the value of HSV, and contrast takes the mean of each channel, as
// imagecorruptions does.
#include "robust/modification.hpp"
#include "robust/parameters.hpp"
#include "robust/study2.hpp"

namespace espalier::robust {
namespace {

Image brighten(const Image& image, core::Random&, const core::Settings& settings) {
  if (settings.has("suite") && is_study2(settings))  // settings leave mnist-c out
    return study2::brightness(image, by_severity<double>({0.1, 0.2, 0.3, 0.4, 0.5}, settings));
  const double c = 0.1 * settings.integer("severity");
  Image out = image;
  for (double& x : out.pixels) x += c;
  return out;
}

/// The value of HSV is the largest channel V; hue and saturation stay where all channels are scaled by the same factor.
Colours brighten_colours(const Colours& image, core::Random&, const core::Settings& settings) {
  const double c = 0.1 * settings.integer("severity");
  Colours out = image;
  for (std::size_t p = 0; p < image[0].pixels.size(); ++p) {
    const double V = std::max({image[0].pixels[p], image[1].pixels[p], image[2].pixels[p]}), brighter = std::min(V + c, 1.0);
    for (Image& channel : out) channel.pixels[p] = V > 0 ? channel.pixels[p] * brighter / V : brighter;
  }
  return out;
}

double contrast_left(const core::Settings& settings) { return by_severity<double>({0.4, 0.3, 0.2, 0.1, 0.05}, settings); }

Image flattened(const Image& image, const core::Settings& settings) {
  const double c = contrast_left(settings);
  double mean = 0;
  for (const double x : image.pixels) mean += x;
  mean /= image.height * image.width;
  Image out = image;
  for (double& x : out.pixels) x = (x - mean) * c + mean;
  return out;
}

Image lower_contrast(const Image& image, core::Random&, const core::Settings& settings) {
  return is_study2(settings) ? study2::contrast(image, contrast_left(settings)) : flattened(image, settings);
}

Colours lower_contrast_of_colours(const Colours& image, core::Random&, const core::Settings& settings) {
  Colours out;
  for (const Image& channel : image) out.push_back(flattened(channel, settings));
  return out;
}

Image invert_edges(const Image& image, core::Random&, const core::Settings&) {
  Image out = image;
  const int stripe = image.width / 4;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      if (x < stripe || x >= image.width - stripe) out.at(x, y) = 1 - image.at(x, y);
  return out;
}

Image obstruct(const Image& image, core::Random& random, const core::Settings& settings) {
  const int smaller = std::min(image.height, image.width);
  const int side = std::clamp(static_cast<int>(settings.number("level") * smaller), 1, smaller);
  const int left = static_cast<int>(random.below(static_cast<std::uint64_t>(image.width - side + 1)));
  const int top = static_cast<int>(random.below(static_cast<std::uint64_t>(image.height - side + 1)));
  Image out = image;
  for (int y = top; y < top + side; ++y)
    for (int x = left; x < left + side; ++x) out.at(x, y) = 0;
  return out;
}

}  // namespace

Perturbation brightness() {
  core::Parameter which = suite();
  which.legacy_default = "mnist-c";  // which it was before it could be said
  return {input_kind("brightness", "clip(x + c), c = 0.1 per severity (MNIST-C's data set: 5)", {severity(), which}),
          each_image<brighten, brighten_colours>()};
}

Perturbation contrast() {
  core::Kind kind = input_kind("contrast", "(x - mean) c + mean, c = 0.4, 0.3, 0.2, 0.1, 0.05", {severity(), suite()});
  return {in_study2(std::move(kind), 2), each_image<lower_contrast, lower_contrast_of_colours>()};
}

Perturbation stripe() {
  return {input_kind("stripe", "inverts the left and the right quarter of the columns: 1 - x (MNIST-C)", {}),
          each_image<invert_edges>()};
}

Perturbation obstruction() {
  return {input_kind("obstruction", "covers the image with a black square at a random position (study2 at scale s: level 0.4 s)",
                     {number("level", 0, 1, "image sides", "side of the square, rounded down to pixels, at least one")}),
          each_image<obstruct>()};
}

}  // namespace espalier::robust
