#pragma once

#include "espalier/robust/perturbation.hpp"
#include "robust/image.hpp"

/// What the natural modifications share. Each is drawn per (kind, seed, image): every network and noise of one seed sees the
/// same modified images, and all strengths and suites of one kind share their draws.
///
/// Definitions are frozen here where the public ones depend on library versions: pixels stay real numbers in [0, 1] (no
/// rounding to bytes), nothing is padded or converted to colour, and all sampling is bilinear between pixel centres with zero
/// outside the image. Suite "mnist-c" means the parameters of Mu and Gilmer, "MNIST-C" (2019); "study2" those of
/// arXiv 2606.13801, whose numbers come from imagecorruptions and torchvision.
namespace espalier::robust {

/// Changes one image; the result is clipped to [0, 1] by the caller.
using ModifyImage = Image (*)(const Image& image, core::Random& random, const core::Settings& settings);

net::Matrix modify_each(const net::Batch& clean, ImageShape shape, const core::Settings& settings, const Seeds& seeds,
                        ModifyImage modify);

/// A modification called `name` with `parameters` of its own; adds `images`.
template <ModifyImage modify>
Modification each_image() {
  return [](const net::Batch& clean, ImageShape shape, const core::Settings& settings, const Seeds& seeds) {
    return modify_each(clean, shape, settings, seeds, modify);
  };
}
core::Kind input_kind(std::string name, std::string description, std::vector<core::Parameter> parameters);

/// Parameter `severity`, 1..5.
core::Parameter severity();

/// Parameter `suite`: mnist-c or study2.
core::Parameter suite();

/// The entry of a table by the severity of `settings`.
template <typename T>
const T& by_severity(const std::array<T, 5>& table, const core::Settings& settings) {
  return table.at(static_cast<std::size_t>(settings.integer("severity") - 1));
}

/// +1 or -1 with equal chance.
inline double random_sign(core::Random& random) { return random.coin(0.5) ? 1 : -1; }

}  // namespace espalier::robust
