// SPDX-License-Identifier: BSD-3-Clause
// art-square. Against the paper [Andriushchenko et al. 2020]: one window and sign for all images, and no look is kept for the
// next step.
#include <algorithm>
#include <array>
#include <cmath>

#include "robust/art.hpp"
#include "robust/climb.hpp"
#include "robust/columns.hpp"

namespace espalier::robust {
namespace {

using Change = std::function<void(std::uint64_t image, Eigen::Ref<net::Matrix> column)>;

/// Adds a change to the images `which` and keeps it where it lowers the margin; both margins are single noisy ones.
void try_change(net::Classifier& classifier, const net::Batch& all, std::span<const std::uint8_t> labels, double eps,
                std::span<const std::size_t> which, std::uint64_t draw, const Change& change, net::Matrix& X) {
  const ArtImages part = chosen_images(all, labels, which);
  const net::Matrix now = columns(X, which);
  net::Matrix candidate = now;
  for (std::size_t i = 0; i < which.size(); ++i)
    change(part.clean.images[i], candidate.middleCols(static_cast<Eigen::Index>(i), 1));
  Domain({Norm::linf, eps}, part.clean.X).project(candidate);
  const std::vector<float> before = art_margins(classifier, now, part, draw);
  const std::vector<float> after = art_margins(classifier, candidate, part, draw + 1);
  for (std::size_t i = 0; i < which.size(); ++i)
    if (after[i] < before[i]) X.col(static_cast<Eigen::Index>(which[i])) = candidate.col(static_cast<Eigen::Index>(i));
}

Change striped(ImageShape shape, double eps, const ArtSquareDraws& draws) {
  return [=, &draws](std::uint64_t image, Eigen::Ref<net::Matrix> column) {
    const std::vector<float> signs = draws.stripes(image);
    const Eigen::Index height = shape.height, width = shape.width;
    for (Eigen::Index d = 0; d < column.rows(); ++d)
      column(d, 0) += static_cast<float>(eps) * signs[static_cast<std::size_t>(d / (height * width) * width + d % width)];
  };
}

Change squared(ImageShape shape, double eps, std::uint32_t side, const ArtWindow& window) {
  return [=](std::uint64_t, Eigen::Ref<net::Matrix> column) {
    for (std::uint32_t c = 0; c < shape.channels; ++c)
      for (std::uint32_t row = window.top; row < window.top + side; ++row)
        for (std::uint32_t x = window.left; x < window.left + side; ++x)
          column((c * shape.height + row) * shape.width + x, 0) += static_cast<float>(2 * eps) * window.signs[c];
  };
}

float random_unit(core::Random& random) { return random.coin(0.5) ? 1.0f : -1.0f; }

/// Every level has its own windows: these serve all images, so that a lucky sequence would move all levels of a seed together.
ArtSquareDraws draws_of(ImageShape shape, double level, const Seeds& seeds) {
  const core::Stream stripes = seeds.stream("art-square"), windows = seeds.stream("art-square " + core::canonical(level));
  return {[=](std::uint64_t image) {
            std::vector<float> signs(shape.channels * shape.width);
            core::Random random = stripes.random(image);
            for (float& sign : signs) sign = random_unit(random);
            return signs;
          },
          [=](int step, std::uint32_t side) {
            core::Random random = windows.random(static_cast<std::uint64_t>(step));
            const auto place = [&](std::uint32_t length) {
              return static_cast<std::uint32_t>(random.below(art_square_places(length, side)));
            };
            ArtWindow window{place(shape.height), place(shape.width), {}};
            for (std::uint32_t c = 0; c < shape.channels; ++c) window.signs.push_back(random_unit(random));
            return window;
          }};
}

struct ArtSquareSettings : PerturbationSettings, ArtSquare {};

Attacked act(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape shape,
             const ArtSquareSettings& settings, const Seeds& seeds, const core::CancellationCheck& check_cancelled) {
  return art_square(classifier, clean, labels, shape, settings, draws_of(shape, settings.eps, seeds), check_cancelled);
}

}  // namespace

std::uint32_t art_square_side(const ArtSquare& how, int step, ImageShape shape) {
  constexpr std::array shares{0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8};  // of the steps, after which p is halved
  const double done = static_cast<double>(step) / how.steps;
  const auto halvings = std::ranges::count_if(shares, [&](double share) { return done > share; });
  const double pixels = std::ldexp(how.p, -static_cast<int>(halvings)) * shape.height * shape.width;
  const auto side = static_cast<std::uint32_t>(std::nearbyint(std::sqrt(pixels)));
  return std::clamp(side, 1u, std::min(shape.height, shape.width));
}

std::uint32_t art_square_places(std::uint32_t length, std::uint32_t side) { return length > side ? length - side : 1; }

Attacked art_square(net::Classifier& classifier, const net::Batch& all, std::span<const std::uint8_t> labels, ImageShape shape,
                    const ArtSquare& how, const ArtSquareDraws& draws, const core::CancellationCheck& check_cancelled) {
  Attacked out{all.X, std::vector<std::uint32_t>(labels.size(), 0)};
  for (int pass = 0; pass <= how.steps; ++pass) {  // the stripes, then the squares
    const std::uint64_t draw = kArtDraws + 3 * static_cast<std::uint64_t>(pass);
    const std::vector<std::size_t> standing = art_standing(classifier, out.X, all, labels, draw, check_cancelled);
    if (standing.empty()) break;
    const std::uint32_t side = pass > 0 ? art_square_side(how, pass - 1, shape) : 0;
    const Change change = pass > 0 ? squared(shape, how.eps, side, draws.window(pass - 1, side)) : striped(shape, how.eps, draws);
    for (std::size_t first = 0; first < standing.size(); first += kArtImages) {
      if (check_cancelled) check_cancelled();
      const std::span which = std::span(standing).subspan(first, std::min(kArtImages, standing.size() - first));
      try_change(classifier, all, labels, how.eps, which, draw + 1, change, out.X);
    }
  }
  return out;
}

Perturbation art_square() {
  return literal_joint_attack(
      {.name = "art-square",
       .description = "Square as the Adversarial Robustness Toolbox 1.20.1 runs it: linf, one square and sign for all images, "
                      "never in the last row and column, three passes per step, one noise draw each",
       .settings = {eps_setting<ArtSquare>(), setting("steps", &ArtSquare::steps, {1, 1e6}, "steps", "number of squares"),
                    setting("p", &ArtSquare::p, {0, 1}, "share of the pixels", "area of the first square")},
       .cost = [](const ArtSquareSettings& s) { return steps_cost(0, 3.0 * (s.steps + 1)); },
       .least_classes = [](const ArtSquareSettings&) { return 2; }},
      act);
}

}  // namespace espalier::robust
