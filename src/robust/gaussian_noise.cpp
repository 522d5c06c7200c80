// SPDX-License-Identifier: BSD-3-Clause
// gaussian-noise. Where nothing of study2's colours is clipped, theirs is grey noise of 0.6685 sd.
#include "robust/input_noise.hpp"
#include "robust/modification.hpp"
#include "robust/parameters.hpp"
#include "robust/study2.hpp"

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
  const std::array<net::Matrix, 3> N{normal_numbers(clean, stream, 0), normal_numbers(clean, stream, 1),
                                     normal_numbers(clean, stream, 2)};
  net::Matrix grey(clean.X.rows(), clean.X.cols());
  for (Eigen::Index i = 0; i < grey.size(); ++i) {
    const auto normal = [&](std::size_t colour) { return static_cast<double>(N[colour].data()[i]); };
    grey.data()[i] = study2::gaussian_noise(clean.X.data()[i], {normal(0), normal(1), normal(2)}, level);
  }
  return grey;
}

}  // namespace

Perturbation gaussian_noise() {
  core::Parameter norm = noise_norm("sd", "sd: level is the standard deviation");
  norm.active_if = {"suite", {"mnist-c"}};
  std::vector<core::Parameter> parameters =
      either(number("level", 0, 1000, "pixel value", "strength of the noise in the unit of `norm`"), severity());
  parameters.push_back(std::move(norm));
  parameters.push_back(suite());
  core::Kind kind = input_kind("gaussian-noise",
                               "clip(x + n), n normal and independent at every pixel; severity: sd 0.08, 0.12, 0.18, 0.26, 0.38; "
                               "study2: on each colour channel, then converted to grey",
                               std::move(parameters));
  return {in_study2(std::move(kind), 2), Modification(act)};
}

}  // namespace espalier::robust
