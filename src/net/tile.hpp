// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "espalier/net/classifier.hpp"

namespace espalier::net {

/// Images that go through the network together: one row of activations is 256 bytes, which random access fetches at full speed.
inline constexpr std::size_t lanes = 64;

/// One neuron (or pixel) for all images of a tile.
struct alignas(64) TileRow {
  std::array<float, lanes> lane;
};

/// Activations of one layer for one tile of images, feature-major: units x lanes.
using Tile = std::vector<TileRow>;

/// Which images of a tile a neuron is active on: bit b belongs to lane b. The derivative of ReLU, and all of the forward pass
/// that an input gradient needs.
using Gates = std::vector<std::uint64_t>;
static_assert(lanes == 64, "one gate word holds one bit per lane");

/// One class per lane.
using TileLabels = std::array<std::uint8_t, lanes>;

/// Tiles that hold `columns` images.
constexpr std::size_t tiles(std::size_t columns) { return (columns + lanes - 1) / lanes; }

/// Columns first.. of `to` = tile * factor; lanes beyond the last column are left out.
void store_columns(std::span<const TileRow> tile, float factor, std::size_t first, Matrix& to);

/// Adds the noise of `images` to the first images.size() lanes.
void add_noise(const NoiseSite& noise, std::span<TileRow> tile, std::span<const std::uint64_t> images, std::uint64_t draw);

/// Row of the largest logit of each lane; the smallest row wins ties.
void predict(std::span<const TileRow> Z, TileLabels& classes);

}  // namespace espalier::net
