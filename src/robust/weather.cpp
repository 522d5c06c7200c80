// SPDX-License-Identifier: BSD-3-Clause
// fog, snow, spatter. Frozen: study2's snow is imagecorruptions' (flakes by scipy's zoom between corner pixels, cut at the top
// left; shifts by whole pixels) on the image with its black margin, its flakes not rounded to bytes, while MNIST-C's
// function of that name calls ImageMagick and is no part of its data set. spatter is MNIST-C's: mud at every severity, where
// imagecorruptions has water at the first three, by OpenCV.
#include "robust/weather.hpp"

#include <array>
#include <bit>
#include <memory>

#include "robust/arithmetic.hpp"
#include "robust/blur.hpp"
#include "robust/modification.hpp"

namespace espalier::robust {
namespace {

constexpr int map_side = 256;  // of MNIST-C, for images up to that size

Image normal_image(int height, int width, core::Random& random) {
  Image out(height, width);
  for (double& z : out.pixels) z = random.gaussian();
  return out;
}

struct Fog {
  double strength, decay;
};

Image add_fog(const Image& image, core::Random& random, const core::Settings& settings) {
  const auto [strength, decay] = by_severity<Fog>({Fog{1.5, 2}, Fog{2, 2}, Fog{2.5, 1.7}, Fog{2.5, 1.5}, Fog{3, 1.4}}, settings);
  const auto largest = static_cast<unsigned>(std::max({image.height, image.width, map_side}));
  const auto side = std::bit_ceil(largest);
  const PlasmaDraws draws = [&](std::size_t first, std::span<float> out) { random.peek_uniform(first, out); };
  return fog(image, plasma(static_cast<int>(side), decay, draws, image.height, image.width), strength);
}

Image let_it_snow(const Image& image, core::Random& random, const core::Settings& settings) {
  const Snowfall how = by_severity<Snowfall>(
      {Snowfall{0.1, 0.3, 3, 0.5, 10, 4, 0.8}, Snowfall{0.2, 0.3, 2, 0.5, 12, 4, 0.7}, Snowfall{0.55, 0.3, 4, 0.9, 12, 8, 0.7},
       Snowfall{0.55, 0.3, 4.5, 0.85, 12, 8, 0.65}, Snowfall{0.55, 0.3, 2.5, 0.85, 12, 12, 0.55}},
      settings);
  const double angle = random.uniform(-135, -45) * pi / 180;
  const int height = image.height + 2 * study2_margin, width = image.width + 2 * study2_margin;
  return snow(image, normal_image(flakes_along(height, how.zoom), flakes_along(width, how.zoom), random), how, angle);
}

Image throw_mud(const Image& image, core::Random& random, const core::Settings& settings) {
  const Mud how = by_severity<Mud>({Mud{0.65, 0.3, 4, 0.69, 0.6}, Mud{0.65, 0.3, 3, 0.68, 0.6}, Mud{0.65, 0.3, 2, 0.68, 0.5},
                                    Mud{0.65, 0.3, 1, 0.65, 1.5}, Mud{0.67, 0.4, 1, 0.65, 1.5}},
                                   settings);
  return spatter(image, normal_image(image.height, image.width, random), how);
}

int rounded(double x) { return static_cast<int>(std::nearbyint(x)); }

/// The flakes around and on a black image of height x width.
Image flakes(const Image& draws, int height, int width, const Snowfall& how, double angle) {
  Image layer = draws;
  for (double& z : layer.pixels) z = how.mean + how.sd * z;
  layer = resized(layer, rounded(layer.height * how.zoom), rounded(layer.width * how.zoom));
  for (double& z : layer.pixels) z = z < how.threshold ? 0 : std::min(z, 1.0);
  layer = motion_blur(layer, how.radius, how.sigma, angle, Beyond::end);
  Image out(height, width);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) out.at(x, y) = layer.at(x, y);
  return out;
}

/// Points of a torus of side x side, row by row.
class PlasmaGrid {
 public:
  explicit PlasmaGrid(std::size_t side) : side_(side), z_(std::make_unique_for_overwrite<double[]>(side * side)) {}
  std::size_t side() const { return side_; }
  std::span<double> row(std::size_t y) { return {&z_[(y & (side_ - 1)) * side_], side_}; }
  std::span<const double> row(std::size_t y) const { return {&z_[(y & (side_ - 1)) * side_], side_}; }

 private:
  std::size_t side_;
  std::unique_ptr<double[]> z_;
};

/// The points between those of a grid: right of and below each (centre), right of it, and below it. Grids of their own, so that
/// neighbours are neighbours in memory.
struct PlasmaStep {
  PlasmaGrid centre, right, below;
};

struct Extremes {
  double lowest, highest;

  bool widened_by(const Extremes& other) const { return other.lowest < lowest || other.highest > highest; }
  void add(const Extremes& other) {
    lowest = std::min(lowest, other.lowest);
    highest = std::max(highest, other.highest);
  }
};

/// In strands that vectorise.
Extremes extremes(std::span<const double> row) {
  constexpr std::size_t strands = 16;
  std::array<double, strands> low, high;
  low.fill(row[0]);
  high.fill(row[0]);
  for (std::size_t i = 0; i < row.size(); i += strands)
    for (std::size_t s = 0; s < std::min(strands, row.size() - i); ++s) {
      const double z = row[i + s];
      low[s] = z < low[s] ? z : low[s];
      high[s] = z > high[s] ? z : high[s];
    }
  return {std::ranges::min(low), std::ranges::max(high)};
}

/// to[x] = (a[x] + b[x] + c[x] + d[x]) / 4 + amplitude draws[x]
void place(std::span<double> to, const std::array<std::span<const double>, 4>& from, double amplitude,
           std::span<const float> draws) {
  const auto [a, b, c, d] = from;
  for (std::size_t x = 0; x < to.size(); ++x) to[x] = (a[x] + b[x] + c[x] + d[x]) / 4 + amplitude * static_cast<double>(draws[x]);
}

/// to[x] = from[x + 1], or from[x - 1], on the torus.
void turn_left(std::span<const double> from, std::span<double> to) {
  std::ranges::rotate_copy(from, from.begin() + 1, to.begin());
}
void turn_right(std::span<const double> from, std::span<double> to) {
  std::ranges::rotate_copy(from, from.end() - 1, to.begin());
}

/// The rows of a step that are `needed`, and the centres above them. Its draws are from number n^2 - 1 of `draws` on: centres,
/// then points right, then points below, row by row.
PlasmaStep refined(const PlasmaGrid& corners, double amplitude, const PlasmaDraws& draws, const std::vector<bool>& needed) {
  const std::size_t n = corners.side();
  PlasmaStep step{PlasmaGrid(n), PlasmaGrid(n), PlasmaGrid(n)};
  std::vector<double> here(n), under(n);
  std::vector<float> drawn(n);
  const auto draw = [&](std::size_t plane, std::size_t y) {
    draws(n * n - 1 + (plane * n + y) * n, drawn);
    return std::span<const float>(drawn);
  };
  for (std::size_t y = 0; y < n; ++y) {
    if (!needed[y] && !needed[(y + 1) % n]) continue;
    turn_left(corners.row(y), here);
    turn_left(corners.row(y + 1), under);
    place(step.centre.row(y), {corners.row(y), under, corners.row(y + 1), here}, amplitude, draw(0, y));
  }
  for (std::size_t y = 0; y < n; ++y) {
    if (!needed[y]) continue;
    turn_left(corners.row(y), here);
    place(step.right.row(y), {corners.row(y), here, step.centre.row(y), step.centre.row(y + n - 1)}, amplitude, draw(1, y));
    turn_right(step.centre.row(y), here);
    place(step.below.row(y), {here, step.centre.row(y), corners.row(y + 1), corners.row(y)}, amplitude, draw(2, y));
  }
  return step;
}

/// The points of both in one grid.
PlasmaGrid interleaved(const PlasmaGrid& corners, const PlasmaStep& step) {
  PlasmaGrid all(2 * corners.side());
  const auto weave = [](std::span<const double> even, std::span<const double> odd, std::span<double> to) {
    for (std::size_t x = 0; x < even.size(); ++x) {
      to[2 * x] = even[x];
      to[2 * x + 1] = odd[x];
    }
  };
  for (std::size_t y = 0; y < corners.side(); ++y) {
    weave(corners.row(y), step.right.row(y), all.row(2 * y));
    weave(step.below.row(y), step.centre.row(y), all.row(2 * y + 1));
  }
  return all;
}

/// The top left height x width points of the last step, brought to [0, 1] by the extremes of all. Points between those of a grid
/// are within 1.5 amplitudes of its extremes around them: where that cannot widen the extremes of all, they are not made.
Image last_step(const PlasmaGrid& corners, double amplitude, const PlasmaDraws& draws, int height, int width) {
  const std::size_t n = corners.side(), rows = (static_cast<std::size_t>(height) + 1) / 2;
  std::vector<Extremes> of_row;
  for (std::size_t y = 0; y < n; ++y) of_row.push_back(extremes(corners.row(y)));
  Extremes all = of_row[0];
  for (const Extremes& row : of_row) all.add(row);
  std::vector<bool> needed(n);
  for (std::size_t y = 0; y < n; ++y) {
    Extremes near = of_row[y];
    near.add(of_row[(y + 1) % n]);
    near.add(of_row[(y + n - 1) % n]);
    needed[y] = y < rows || all.widened_by({near.lowest - 2 * amplitude, near.highest + 2 * amplitude});
  }
  const PlasmaStep step = refined(corners, amplitude, draws, needed);
  for (std::size_t y = 0; y < n; ++y)
    if (needed[y])
      for (const PlasmaGrid* grid : {&step.centre, &step.right, &step.below}) all.add(extremes(grid->row(y)));
  Image map(height, width);
  for (int y = 0; y < height; ++y) {
    const auto row = static_cast<std::size_t>(y / 2);
    const std::span<const double> even = (y % 2 == 0 ? corners : step.below).row(row);
    const std::span<const double> odd = (y % 2 == 0 ? step.right : step.centre).row(row);
    for (int x = 0; x < width; ++x)
      map.at(x, y) = ((x % 2 == 0 ? even : odd)[static_cast<std::size_t>(x / 2)] - all.lowest) / (all.highest - all.lowest);
  }
  return map;
}

}  // namespace

Image plasma(int side, double decay, const PlasmaDraws& draws, int height, int width) {
  const std::size_t last = static_cast<std::size_t>(side) / 2;
  std::vector<float> before(last * last - 1);  // all at once: generators make many numbers at a time
  draws(0, before);
  const PlasmaDraws early = [&](std::size_t first, std::span<float> out) {
    std::copy_n(&before[first], out.size(), out.begin());
  };
  PlasmaGrid corners(1);
  corners.row(0)[0] = 0;
  double amplitude = 1;
  for (; corners.side() < last; amplitude /= decay * decay)
    corners = interleaved(corners, refined(corners, amplitude, early, std::vector<bool>(corners.side(), true)));
  return last_step(corners, amplitude, draws, height, width);
}

Image fog(const Image& image, const Image& heights, double strength) {
  const double largest = std::ranges::max(image.pixels);
  Image out = image;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      out.at(x, y) = (image.at(x, y) + strength * heights.at(x, y)) * largest / (largest + strength);
  return out;
}

int flakes_along(int pixels, double zoom) { return static_cast<int>(std::ceil(pixels / zoom)); }

Image snow(const Image& image, const Image& draws, const Snowfall& how, double angle) {
  constexpr int margin = study2_margin;
  const Image layer = cropped(flakes(draws, image.height + 2 * margin, image.width + 2 * margin, how, angle), margin);
  Image out = image;
  for (std::size_t p = 0; p < out.pixels.size(); ++p) {
    const double x = image.pixels[p], turned = layer.pixels[layer.pixels.size() - 1 - p];
    out.pixels[p] = how.mix * x + (1 - how.mix) * std::max(x, 1.5 * x + 0.5) + layer.pixels[p] + turned;
  }
  return out;
}

Image spatter(const Image& image, const Image& draws, const Mud& how) {
  Image wet = draws;
  for (double& z : wet.pixels) z = how.mean + how.sd * z;
  wet = gaussian_blur(wet, how.sigma, Edge::nearest);
  for (double& z : wet.pixels) z = z > how.threshold;
  wet = gaussian_blur(wet, how.edge_sigma, Edge::nearest);
  Image out = image;
  for (std::size_t p = 0; p < out.pixels.size(); ++p) {
    const double w = wet.pixels[p] < 0.8 ? 0 : wet.pixels[p];
    out.pixels[p] = image.pixels[p] * (1 - w) + 63.0 / 255 * w;
  }
  return out;
}

Perturbation fog() {
  return {input_kind("fog", "adds a plasma fractal as fog and lowers the contrast (MNIST-C's data set: 5)", {severity()}, 2e-4),
          each_image<add_fog>()};
}

Perturbation snow() {
  return {input_kind("snow", "brightens the image and adds motion-blurred flakes (study2)", {severity()}),
          each_image<let_it_snow>()};
}

Perturbation spatter() {
  return {input_kind("spatter", "adds grey spots (MNIST-C's data set: 4)", {severity()}), each_image<throw_mud>()};
}

}  // namespace espalier::robust
