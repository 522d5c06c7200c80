// SPDX-License-Identifier: BSD-3-Clause
#include "robust/input_noise.hpp"

namespace espalier::robust {
namespace {

struct UniformNoise : PerturbationSettings {
  double level = 0;
  NoiseNorm norm = NoiseNorm::own;
};

net::Matrix act(const net::Batch& clean, ImageShape, const UniformNoise& settings, const core::Stream& stream) {
  net::Matrix N(clean.X.cols(), clean.X.rows());  // image-major while it is drawn
  for (std::size_t b = 0; b < clean.images.size(); ++b)
    stream.random(clean.images[b]).fill_uniform({N.row(static_cast<Eigen::Index>(b)).data(), static_cast<std::size_t>(N.cols())});
  return add_noise(clean, N.transpose(), settings.level, settings.norm);
}

}  // namespace

Perturbation uniform_noise() {
  return corruption({.name = "uniform-noise",
                     .description = "clip(x + n), n uniform and independent at every pixel",
                     .settings = {setting("level", &UniformNoise::level, {0, 1000}, "pixel value",
                                          "strength of the noise in the unit of `norm`")
                                      .required(),
                                  noise_norm<UniformNoise>("range", "range: n is uniform on -level .. level")}},
                    act, core::Cost{});
}

}  // namespace espalier::robust
