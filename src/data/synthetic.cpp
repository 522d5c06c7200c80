// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <vector>

#include "espalier/core/random.hpp"
#include "espalier/core/sha256.hpp"
#include "espalier/data/dataset.hpp"

/// Ten classes of blurred spots. Whole numbers only, so that the bytes are the same on every machine.
namespace espalier::data {
namespace {

constexpr int side = 28;
constexpr int classes = 10;
constexpr std::uint64_t seed = 1;  ///< of the data set, not of an experiment: it is always the same one

/// A round spot: brightness `peak` at its centre, (1 - d^2/radius^2)^2 of it at distance d.
struct Spot {
  int row, column, radius, peak;
};

using Picture = std::array<int, side * side>;

int between(core::Random& random, int low, int high) {
  return low + static_cast<int>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

void paint(Picture& picture, const Spot& spot, int down, int right) {
  const int square = spot.radius * spot.radius;
  const int middle_row = spot.row + down, middle_column = spot.column + right;
  for (int row = std::max(0, middle_row - spot.radius); row < std::min(side, middle_row + spot.radius); ++row) {
    for (int column = std::max(0, middle_column - spot.radius); column < std::min(side, middle_column + spot.radius); ++column) {
      const int y = row - middle_row, x = column - middle_column;
      const int inside = std::max(0, square - y * y - x * x);
      picture[static_cast<std::size_t>(row * side + column)] += spot.peak * inside * inside / (square * square);
    }
  }
}

/// What a class looks like: six spots, two of which it shares with the next class, so that no two classes are far apart.
std::vector<Spot> prototype(int number) {
  const core::Stream stream(seed, "synthetic", "prototype");
  std::vector<Spot> spots;
  const auto add = [&](int of_class, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t spot = first; spot < last; ++spot) {
      core::Random random = stream.random(static_cast<std::uint64_t>(of_class), spot);
      const int row = between(random, 5, 22), column = between(random, 5, 22);
      spots.push_back({row, column, between(random, 4, 6), between(random, 130, 220)});
    }
  };
  add(number, 0, 4);
  add((number + 1) % classes, 0, 2);
  return spots;
}

/// One image of a class: moved, of another strength per spot, with a stray spot and noise.
void draw(const std::vector<Spot>& spots, core::Random random, std::span<std::uint8_t> pixels) {
  Picture picture{};
  const int down = between(random, -3, 3), right = between(random, -3, 3);
  for (Spot spot : spots) {
    spot.peak = spot.peak * between(random, 50, 120) / 100;
    paint(picture, spot, down, right);
  }
  const int row = between(random, 4, 23), column = between(random, 4, 23);
  paint(picture, {row, column, between(random, 3, 5), between(random, 60, 180)}, 0, 0);
  for (std::size_t i = 0; i < picture.size(); ++i)
    pixels[i] = static_cast<std::uint8_t>(std::clamp(picture[i] + between(random, -50, 50), 0, 255));
}

/// `count` images, their classes in turn.
ImageSet image_set(std::uint32_t count, std::string_view part) {
  const core::Stream stream(seed, "synthetic", part);
  const auto bytes = std::make_shared<std::vector<std::uint8_t>>(count * (side * side + 1));
  const std::span all(*bytes);
  const auto pixels = all.first(count * side * side), labels = all.last(count);
  std::array<std::vector<Spot>, classes> prototypes;
  for (int c = 0; c < classes; ++c) prototypes[static_cast<std::size_t>(c)] = prototype(c);
  for (std::uint32_t i = 0; i < count; ++i) {
    labels[i] = static_cast<std::uint8_t>(i % classes);
    draw(prototypes[labels[i]], stream.random(i), pixels.subspan(i * side * side, side * side));
  }
  return {count, side, side, pixels, labels, bytes};
}

}  // namespace

Dataset synthetic() {
  Dataset dataset{"synthetic", image_set(2000, "train"), image_set(1000, "test"), classes, {}};
  core::Sha256 hash;
  for (const ImageSet* set : {&dataset.train, &dataset.test}) {
    hash.add(std::as_bytes(set->pixels));
    hash.add(std::as_bytes(set->labels));
  }
  dataset.sha256 = hash.hex();
  return dataset;
}

}  // namespace espalier::data
