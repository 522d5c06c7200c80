// SPDX-License-Identifier: BSD-3-Clause
// brightness, contrast, stripe, obstruction. Frozen: mnist-c's brightness is the sum, which its way through HSV of a grey image
// gives up to rounding. Of colour images brightness raises the value of HSV, and contrast takes the mean of each channel, as
// imagecorruptions does.
#include "robust/modification.hpp"
#include "robust/study2.hpp"

namespace espalier::robust {
namespace {

Image brighten(const Image& image, core::Random&, const SuiteSeverity& settings) {
  if (settings.suite == Suite::study2)
    return study2::brightness(image, by_severity<double>({0.1, 0.2, 0.3, 0.4, 0.5}, settings.severity));
  const double c = 0.1 * settings.severity;
  Image out = image;
  for (double& x : out.pixels) x += c;
  return out;
}

/// The value of HSV is the largest channel V; hue and saturation stay where all channels are scaled by the same factor.
Colours brighten_colours(const Colours& image, core::Random&, const SuiteSeverity& settings) {
  const double c = 0.1 * settings.severity;
  Colours out = image;
  for (std::size_t p = 0; p < image[0].pixels.size(); ++p) {
    const double V = std::max({image[0].pixels[p], image[1].pixels[p], image[2].pixels[p]}), brighter = std::min(V + c, 1.0);
    for (Image& channel : out) channel.pixels[p] = V > 0 ? channel.pixels[p] * brighter / V : brighter;
  }
  return out;
}

double contrast_left(const SuiteSeverity& settings) { return by_severity<double>({0.4, 0.3, 0.2, 0.1, 0.05}, settings.severity); }

Image flattened(const Image& image, const SuiteSeverity& settings) {
  const double c = contrast_left(settings);
  double mean = 0;
  for (const double x : image.pixels) mean += x;
  mean /= image.height * image.width;
  Image out = image;
  for (double& x : out.pixels) x = (x - mean) * c + mean;
  return out;
}

Image lower_contrast(const Image& image, core::Random&, const SuiteSeverity& settings) {
  return settings.suite == Suite::study2 ? study2::contrast(image, contrast_left(settings)) : flattened(image, settings);
}

Colours lower_contrast_of_colours(const Colours& image, core::Random&, const SuiteSeverity& settings) {
  Colours out;
  for (const Image& channel : image) out.push_back(flattened(channel, settings));
  return out;
}

Image invert_edges(const Image& image, core::Random&, const PerturbationSettings&) {
  Image out = image;
  const int stripe = image.width / 4;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      if (x < stripe || x >= image.width - stripe) out.at(x, y) = 1 - image.at(x, y);
  return out;
}

struct Obstruction : PerturbationSettings {
  double level = 0;
};

Image obstruct(const Image& image, core::Random& random, const Obstruction& settings) {
  const int smaller = std::min(image.height, image.width);
  const int side = std::clamp(static_cast<int>(settings.level * smaller), 1, smaller);
  const int left = static_cast<int>(random.below(static_cast<std::uint64_t>(image.width - side + 1)));
  const int top = static_cast<int>(random.below(static_cast<std::uint64_t>(image.height - side + 1)));
  Image out = image;
  for (int y = top; y < top + side; ++y)
    for (int x = left; x < left + side; ++x) out.at(x, y) = 0;
  return out;
}

}  // namespace

Perturbation brightness() {
  return corruption_of_images<brighten, brighten_colours>(
      Component<SuiteSeverity>{.name = "brightness",
                               .description = "clip(x + c), c = 0.1 per severity (MNIST-C's data set: 5)",
                               .settings = {severity(), suite().legacy("mnist-c")}});
}

Perturbation contrast() {
  return corruption_of_images<lower_contrast, lower_contrast_of_colours>(
      by_suite_and_severity("contrast", "(x - mean) c + mean, c = 0.4, 0.3, 0.2, 0.1, 0.05"));
}

Perturbation stripe() {
  return corruption_of_images<invert_edges>(Component<PerturbationSettings>{
      .name = "stripe", .description = "inverts the left and the right quarter of the columns: 1 - x (MNIST-C)"});
}

Perturbation obstruction() {
  return corruption_of_images<obstruct>(Component<Obstruction>{
      .name = "obstruction",
      .description = "covers the image with a black square at a random position (study2 at scale s: level 0.4 s)",
      .settings = {
          setting("level", &Obstruction::level, {0, 1}, "image sides", "side of the square, rounded down to pixels, at least one")
              .required()}});
}

}  // namespace espalier::robust
