// SPDX-License-Identifier: BSD-3-Clause
// rotate, shear, scale, translate about the image's centre. Frozen: shear samples through [[1, -sin s], [0, cos s]], as
// scikit-image < 0.21 did when MNIST-C was made; from 0.21 on, the same call means another matrix. study2's rotation fades at the
// edge, as torchvision's does where it is given a fill colour.
#include "robust/arithmetic.hpp"
#include "robust/modification.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {
namespace {

Image turn(const Image& image, core::Random& random, const core::Settings& settings) {
  const double size = settings.has("level") ? settings.number("level") * pi / 180 : 0.2 * settings.integer("severity");
  const bool study2 = is_study2(settings);
  const double angle = size * (study2 ? random.uniform(-1, 1) : random_sign(random));
  const Linear A{cosine(angle), -sine(angle), sine(angle), cosine(angle)};
  return study2 ? faded_warp(image, [&](Point p) { return affine_source(image, A, p); }) : affine(image, A);
}

Image slant(const Image& image, core::Random& random, const core::Settings& settings) {
  const double angle = 0.2 * settings.integer("severity") * random_sign(random);
  return affine(image, {1, -sine(angle), 0, cosine(angle)});
}

Image shrink(const Image& image, core::Random&, const core::Settings& settings) {
  const double factor = 1 / by_severity<double>({0.9, 0.8, 0.7, 0.6, 0.5}, settings);
  return affine(image, {factor, 0, 0, factor});
}

Image shift(const Image& image, core::Random& random, const core::Settings& settings) {
  const double pixels = settings.integer("severity");
  const double x = pixels * random_sign(random), y = pixels * random_sign(random);
  return affine(image, {1, 0, 0, 1}, {x, y});
}

const core::Cost resampling{.per_value = 1.7e-8};

}  // namespace

Perturbation rotate() {
  core::Parameter fixed = severity(), level = number("level", 0, 180, "degrees", "angle (study2 at scale s: 60 s)");
  fixed.active_if = {"suite", {"mnist-c"}};
  std::vector<core::Parameter> parameters = either(std::move(level), std::move(fixed));
  parameters.push_back(suite());
  core::Kind kind = input_kind(
      "rotate",
      "rotates the image; mnist-c: by `level` or 0.2 rad per severity (data set: 2), random sign; study2: uniform on +-level",
      std::move(parameters), resampling);
  return {in_study2(std::move(kind), 2), each_image<turn>()};
}

Perturbation shear() {
  return {input_kind("shear", "shears the image by 0.2 rad per severity with a random sign (MNIST-C's data set: 2)", {severity()},
                     resampling),
          each_image<slant>()};
}

Perturbation scale_down() {
  return {input_kind("scale", "shrinks the image to 0.9, 0.8, 0.7, 0.6, 0.5 of its size (MNIST-C's data set: 3)", {severity()},
                     resampling),
          each_image<shrink>()};
}

Perturbation translate() {
  return {
      input_kind("translate", "moves the image by 1 pixel per severity along both axes with random signs (MNIST-C's data set: 3)",
                 {severity()}, resampling),
      each_image<shift>()};
}

}  // namespace espalier::robust
