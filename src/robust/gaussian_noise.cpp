// SPDX-License-Identifier: BSD-3-Clause
// gaussian-noise. Where nothing of study2's colours is clipped, theirs is grey noise of 0.6685 sd.
#include "robust/input_noise.hpp"
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

struct GaussianNoise : SuiteSeverity {
  std::optional<double> level{};  ///< absent: by the severity
  NoiseNorm norm = NoiseNorm::own;
};

double strength(const GaussianNoise& settings) {
  return settings.level ? *settings.level : by_severity<double>({0.08, 0.12, 0.18, 0.26, 0.38}, settings.severity);
}

net::Matrix act(const net::Batch& clean, ImageShape shape, const GaussianNoise& settings, const core::Stream& stream) {
  const double level = strength(settings);
  if (settings.suite == Suite::mnist_c || shape.channels > 1)
    return add_noise(clean, normal_numbers(clean, stream, 0), level, settings.norm);
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
  return corruption(
      {.name = "gaussian-noise",
       .description = "clip(x + n), n normal and independent at every pixel; severity: sd 0.08, 0.12, 0.18, 0.26, 0.38; "
                      "study2: on each colour channel, then converted to grey",
       .settings = {setting("level", &GaussianNoise::level, {0, 1000}, "pixel value",
                            "strength of the noise in the unit of `norm`")
                        .or_else("severity"),
                    severity().or_else("level"),
                    noise_norm<GaussianNoise>("sd", "sd: level is the standard deviation").only_if("suite", {"mnist-c"}),
                    suite()},
       .definition = 2,
       .definition_if = of_study2},
      act);
}

}  // namespace espalier::robust
