// SPDX-License-Identifier: BSD-3-Clause
// rotate, shear, scale, translate about the image's centre. Frozen: shear samples through [[1, -sin s], [0, cos s]], as
// scikit-image < 0.21 did when MNIST-C was made; from 0.21 on, the same call means another matrix. study2's rotation fades at the
// edge, as torchvision's does where it is given a fill colour.
#include "robust/arithmetic.hpp"
#include "robust/modification.hpp"

namespace espalier::robust {
namespace {

struct Rotation : SuiteSeverity {
  std::optional<double> level{};  ///< degrees; absent: by the severity
};

Image turn(const Image& image, core::Random& random, const Rotation& settings) {
  const double size = settings.level ? *settings.level * pi / 180 : 0.2 * settings.severity;
  const bool study2 = settings.suite == Suite::study2;
  const double angle = size * (study2 ? random.uniform(-1, 1) : random_sign(random));
  const Linear A{cosine(angle), -sine(angle), sine(angle), cosine(angle)};
  return study2 ? faded_warp(image, [&](Point p) { return affine_source(image, A, p); }) : affine(image, A);
}

Image slant(const Image& image, core::Random& random, const Severe& settings) {
  const double angle = 0.2 * settings.severity * random_sign(random);
  return affine(image, {1, -sine(angle), 0, cosine(angle)});
}

Image shrink(const Image& image, core::Random&, const Severe& settings) {
  const double factor = 1 / by_severity<double>({0.9, 0.8, 0.7, 0.6, 0.5}, settings.severity);
  return affine(image, {factor, 0, 0, factor});
}

Image shift(const Image& image, core::Random& random, const Severe& settings) {
  const double pixels = settings.severity;
  const double x = pixels * random_sign(random), y = pixels * random_sign(random);
  return affine(image, {1, 0, 0, 1}, {x, y});
}

const core::Cost resampling{.per_value = 1.7e-8};

}  // namespace

Perturbation rotate() {
  return corruption_of_images<turn>(
      Component<Rotation>{.name = "rotate",
                          .description = "rotates the image; mnist-c: by `level` or 0.2 rad per severity (data set: 2), random "
                                         "sign; study2: uniform on +-level",
                          .settings = {setting("level", &Rotation::level, {0, 180}, "degrees", "angle (study2 at scale s: 60 s)")
                                           .or_else("severity"),
                                       severity().or_else("level").only_if("suite", {"mnist-c"}), suite()},
                          .definition = 2,
                          .definition_if = of_study2},
      resampling);
}

Perturbation shear() {
  return corruption_of_images<slant>(
      by_severity("shear", "shears the image by 0.2 rad per severity with a random sign (MNIST-C's data set: 2)"), resampling);
}

Perturbation scale_down() {
  return corruption_of_images<shrink>(
      by_severity("scale", "shrinks the image to 0.9, 0.8, 0.7, 0.6, 0.5 of its size (MNIST-C's data set: 3)"), resampling);
}

Perturbation translate() {
  return corruption_of_images<shift>(
      by_severity("translate",
                  "moves the image by 1 pixel per severity along both axes with random signs (MNIST-C's data set: 3)"),
      resampling);
}

}  // namespace espalier::robust
