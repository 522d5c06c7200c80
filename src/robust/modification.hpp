// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "espalier/robust/perturbation.hpp"
#include "robust/image.hpp"

/// What the natural modifications share. Each is drawn per (kind, seed, image): every network and noise of one seed sees the
/// same modified images, and all strengths and suites of one kind share their draws.
///
/// Definitions are frozen here where the public ones depend on library versions: pixels stay real numbers in [0, 1] (no
/// rounding to bytes on the way), and all sampling is bilinear between pixel centres with zero outside the image. Each file says
/// what it froze beyond that; docs/corruptions.md says it to the user. Suite "mnist-c" means the parameters of Mu and Gilmer,
/// "MNIST-C" (2019); "study2" the corruptions of arXiv 2606.13801 as its code runs them, with imagecorruptions (bytes of an image
/// in a black margin, see study2.hpp) and torchvision (edges that fade). Colour images follow imagecorruptions, whose rules
/// MNIST-C's are for grey images, in real numbers: without a margin and without a conversion to grey.
namespace espalier::robust {

/// Changes one image; the result is clipped to [0, 1] by the caller.
using ModifyImage = Image (*)(const Image& image, core::Random& random, const core::Settings& settings);

/// Changes the channels of one image: red, green, blue.
using ModifyColours = Colours (*)(const Colours& image, core::Random& random, const core::Settings& settings);

net::Matrix modify_each(const net::Batch& clean, ImageShape shape, const core::Settings& settings, const Seeds& seeds,
                        ModifyImage modify, ModifyColours modify_colours);

/// The same change of every channel, with the same draws.
template <ModifyImage modify>
Colours each_channel(const Colours& image, core::Random& random, const core::Settings& settings) {
  Colours out;
  for (const Image& channel : image) {
    core::Random same = random;
    out.push_back(modify(channel, same, settings));
  }
  return out;
}

/// Of kinds that are `grey_only`, which are refused before a run. Throws std::logic_error.
Colours no_colours(const Colours& image, core::Random& random, const core::Settings& settings);

/// A modification by the rules for grey and for colour images.
template <ModifyImage modify, ModifyColours modify_colours = each_channel<modify>>
Modification each_image() {
  return [](const net::Batch& clean, ImageShape shape, const core::Settings& settings, const Seeds& seeds) {
    return modify_each(clean, shape, settings, seeds, modify, modify_colours);
  };
}

/// A modification called `name` with its `parameters`; adds `images`. Of `cost` only the seconds of an image count, as measured
/// on grey and colour images of 28 to 64 pixels' side; most modifications take 5 to 10 ns per value.
core::Kind input_kind(std::string name, std::string description, std::vector<core::Parameter> parameters,
                      core::Cost cost = {.per_value = 8e-9});

/// The same kind, defined only for grey images.
core::Kind grey_only(core::Kind kind);

/// Parameter `severity`, 1..5.
core::Parameter severity();

/// Makes `a` and `b` two ways to say the same: the user says one of them.
std::vector<core::Parameter> either(core::Parameter a, core::Parameter b);

/// Parameter `suite`: mnist-c or study2.
core::Parameter suite();

/// The same kind with definition number `definition` of study 2's suite; the other suite keeps its first one.
core::Kind in_study2(core::Kind kind, int definition);

/// The entry of a table by the severity of `settings`.
template <typename T>
const T& by_severity(const std::array<T, 5>& table, const core::Settings& settings) {
  return table.at(static_cast<std::size_t>(settings.integer("severity") - 1));
}

/// Whether `settings` ask for study 2's definition.
inline bool is_study2(const core::Settings& settings) { return settings.text("suite") == "study2"; }

/// +1 or -1 with equal chance.
inline double random_sign(core::Random& random) { return random.coin(0.5) ? 1 : -1; }

}  // namespace espalier::robust
