// SPDX-License-Identifier: BSD-3-Clause
// gaussian-noise. Frozen: study2's noise falls on red, green and blue apart and is clipped there before the image turns grey
// (weights 0.2989, 0.587, 0.114), here without rounding to bytes; where nothing is clipped, that is grey noise of 0.6685 sd.
#include "robust/grey.hpp"
#include "robust/input_noise.hpp"
#include "robust/modification.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {
namespace {

/// Noise of colour `colour`, D x B.
net::Matrix normal_numbers(const net::Batch& clean, const core::Stream& stream, std::uint64_t colour) {
  net::Matrix N(clean.X.cols(), clean.X.rows());  // image-major while it is drawn
  for (std::size_t b = 0; b < clean.images.size(); ++b)
    core::fill_gaussian(stream, clean.images[b], colour,
                        {N.row(static_cast<Eigen::Index>(b)).data(), static_cast<std::size_t>(N.cols())});
  return N.transpose();
}

double strength(const core::Settings& settings) {
  return settings.has("level") ? settings.number("level") : by_severity<double>({0.08, 0.12, 0.18, 0.26, 0.38}, settings);
}

net::Matrix act(const net::Batch& clean, ImageShape shape, const core::Settings& settings, const Seeds& seeds) {
  const core::Stream stream = seeds.stream(settings.kind);
  const double level = strength(settings);
  if (is_study2(settings) && shape.channels > 1) return add_noise(clean, normal_numbers(clean, stream, 0), level, "sd");
  if (!is_study2(settings)) return add_noise(clean, normal_numbers(clean, stream, 0), level, settings.text("norm"));
  net::Matrix grey = net::Matrix::Zero(clean.X.rows(), clean.X.cols());
  for (std::uint64_t colour = 0; colour < grey_weights.size(); ++colour)
    grey += static_cast<float>(grey_weights[colour]) * add_noise(clean, normal_numbers(clean, stream, colour), level, "sd");
  return grey.cwiseMin(1.0f);  // the weights' rounded sum may exceed 1
}

}  // namespace

Perturbation gaussian_noise() {
  core::Parameter norm = noise_norm("sd", "sd: level is the standard deviation");
  norm.active_if = {"suite", {"mnist-c"}};
  std::vector<core::Parameter> parameters =
      either(number("level", 0, 1000, "pixel value", "strength of the noise in the unit of `norm`"), severity());
  parameters.push_back(std::move(norm));
  parameters.push_back(suite());
  return {input_kind("gaussian-noise",
                     "clip(x + n), n normal and independent at every pixel; severity: sd 0.08, 0.12, 0.18, 0.26, 0.38; "
                     "study2: on each colour channel, then converted to grey",
                     std::move(parameters)),
          Modification(act)};
}

}  // namespace espalier::robust
