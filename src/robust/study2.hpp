// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>

#include "robust/image.hpp"
#include "robust/weather.hpp"

/// The corruptions of grey images that arXiv:2606.13801 takes from imagecorruptions, on given draws. That library reads and
/// writes bytes: the study hands it the image inside a black margin of 2 pixels, as red, green and blue, and takes the inside of
/// what it returns, cut off to bytes. Pixels are k / 255 with whole k here; others are rounded to such.
namespace espalier::robust::study2 {

inline constexpr int margin = 2;

/// V of HSV: min(x + c, 1)
Image brightness(const Image& image, double c);

/// (x - m) c + m around the mean m of the image with its margin.
Image contrast(const Image& image, double c);

/// One pixel with noise of deviation `sd` on each colour: `normal` are the colours' normal numbers. The colours become grey after
/// they are cut off.
float gaussian_noise(float x, const std::array<double, 3>& normal, double sd);

/// One pixel whose colours are black where their `uniform` number of [0, 1) is below amount / 2, and white below `amount`.
float impulse_noise(float x, const std::array<double, 3>& uniform, double amount);

/// The one-sided blur of blur.hpp along `angle` (radians), which ends where a shift leaves the image with its margin.
Image motion_blur(const Image& image, int radius, double sigma, double angle);

/// The flakes of weather.hpp in bytes, on the image with its margin: `draws` has flakes_along() of the height and width with
/// margin rows and columns of normal numbers.
Image snow(const Image& image, const Image& draws, const Snowfall& how, double angle);

}  // namespace espalier::robust::study2
