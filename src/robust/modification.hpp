// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <functional>
#include <stdexcept>
#include <type_traits>

#include "robust/image.hpp"
#include "robust/kinds.hpp"

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

/// The images of a batch as `modify` changes their channels (grey, or red, green and blue), clipped to [0, 1].
net::Matrix modify_each(const net::Batch& clean, ImageShape shape, const core::Stream& stream,
                        const std::function<Colours(const Colours&, core::Random&)>& modify);

/// The same change of every channel, with the same draws.
template <typename S>
Colours each_channel(const Colours& image, core::Random& random, Image (*modify)(const Image&, core::Random&, const S&),
                     const S& settings) {
  Colours out;
  for (const Image& channel : image) {
    core::Random same = random;
    out.push_back(modify(channel, same, settings));
  }
  return out;
}

/// Seconds of an image, as measured on grey and colour images of 28 to 64 pixels' side: most modifications take 5 to 10 ns per
/// value.
inline constexpr core::Cost usual_cost{.per_value = 8e-9};

/// A modification of batches, with the stream of the kind's own name. Of `cost` only the seconds of an image count.
template <typename S>
Perturbation corruption(Component<S> component, net::Matrix (*act)(const net::Batch&, ImageShape, const S&, const core::Stream&),
                        core::Cost cost = usual_cost) {
  component.family = "input";
  component.settings = {component.settings, images_setting()};
  component.cost = [cost](const S&) { return cost; };
  const auto modify = [act, name = component.name](const net::Batch& clean, ImageShape shape, const S& s, const Seeds& seeds) {
    return act(clean, shape, s, seeds.stream(name));
  };
  return {component.kind(), Modification(component.settings.reading(modify))};
}

/// A modification of images by the rules for grey and for colour images (those of `grey` on every channel, where there are none).
template <auto grey, auto colours = nullptr, typename S>
Perturbation corruption_of_images(Component<S> component, core::Cost cost = usual_cost) {
  return corruption<S>(
      std::move(component),
      [](const net::Batch& clean, ImageShape shape, const S& settings, const core::Stream& stream) {
        return modify_each(clean, shape, stream, [&](const Colours& image, core::Random& random) -> Colours {
          if (image.size() == 1) return {grey(image[0], random, settings)};
          if constexpr (std::is_null_pointer_v<decltype(colours)>)
            return each_channel<S>(image, random, grey, settings);
          else
            return colours(image, random, settings);
        });
      },
      cost);
}

/// Of a kind without settings that is defined only for grey images. It is refused for colours before a run, and throws
/// std::logic_error there.
template <Image (*grey)(const Image&, core::Random&)>
Perturbation corruption_of_grey_images(std::string name, std::string description, core::Cost cost = usual_cost) {
  using S = PerturbationSettings;
  constexpr auto change = [](const Image& image, core::Random& random, const S&) { return grey(image, random); };
  constexpr auto no_colours = [](const Colours&, core::Random&, const S&) -> Colours {
    throw std::logic_error("a kind for grey images got a colour image");
  };
  return corruption_of_images<change, no_colours>(
      Component<S>{.name = std::move(name), .description = std::move(description), .grey_only = [](const S&) { return true; }},
      cost);
}

/// Whose definition and numbers.
enum class Suite { mnist_c, study2 };

/// Strength by a published table.
struct Severe : PerturbationSettings {
  int severity = 1;  ///< 1 to 5
};
core::Setting<Severe> severity();
Component<Severe> by_severity(std::string name, std::string description);

struct SuiteSeverity : Severe {
  Suite suite = Suite::mnist_c;
};
core::Setting<SuiteSeverity> suite();
Component<SuiteSeverity> by_suite_and_severity(std::string name, std::string description);

/// Of kinds with two suites: the definition number applies to study 2's, the other suite keeps its first one.
inline const std::pair<std::string, std::vector<std::string>> of_study2{"suite", {"study2"}};

/// The entry of a table by severity.
template <typename T>
const T& by_severity(const std::array<T, 5>& table, int severity) {
  return table.at(static_cast<std::size_t>(severity - 1));
}

/// +1 or -1 with equal chance.
inline double random_sign(core::Random& random) { return random.coin(0.5) ? 1 : -1; }

}  // namespace espalier::robust
