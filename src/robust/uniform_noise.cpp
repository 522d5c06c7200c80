// SPDX-License-Identifier: BSD-3-Clause
#include "robust/input_noise.hpp"
#include "robust/kinds.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {
namespace {

net::Matrix act(const net::Batch& clean, ImageShape, const core::Settings& settings, const Seeds& seeds) {
  const core::Stream stream = seeds.stream(settings.kind);
  net::Matrix N(clean.X.cols(), clean.X.rows());  // image-major while it is drawn
  for (std::size_t b = 0; b < clean.images.size(); ++b)
    stream.random(clean.images[b]).fill_uniform({N.row(static_cast<Eigen::Index>(b)).data(), static_cast<std::size_t>(N.cols())});
  return add_noise(clean, N.transpose(), settings.number("level"), settings.text("norm"));
}

}  // namespace

Perturbation uniform_noise() {
  core::Kind kind{.name = "uniform-noise",
                  .family = "input",
                  .description = "clip(x + n), n uniform and independent at every pixel",
                  .parameters = {number("level", 0, 1000, "pixel value", "strength of the noise in the unit of `norm`"),
                                 noise_norm("range", "range: n is uniform on -level .. level"), images()}};
  return {std::move(kind), Modification(act)};
}

}  // namespace espalier::robust
