// SPDX-License-Identifier: BSD-3-Clause
#include "net/tile.hpp"

#include <algorithm>

namespace espalier::net {

void store_columns(std::span<const TileRow> tile, float factor, std::size_t first, Matrix& to) {
  const auto columns = static_cast<std::size_t>(to.cols());
  const std::size_t count = std::min(lanes, columns - first);
  for (std::size_t i = 0; i < tile.size(); ++i) {
    float* row = to.data() + i * columns + first;
    for (std::size_t b = 0; b < count; ++b) row[b] = tile[i].lane[b] * factor;
  }
}

void add_noise(const NoiseSite& noise, std::span<TileRow> tile, std::span<const std::uint64_t> images, std::uint64_t draw) {
  using Stride = Eigen::OuterStride<static_cast<int>(lanes)>;
  const auto rows = static_cast<Eigen::Index>(tile.size()), columns = static_cast<Eigen::Index>(images.size());
  noise.add(Eigen::Map<Matrix, Eigen::Aligned64, Stride>(tile.data()->lane.data(), rows, columns), images, draw);
}

void predict(std::span<const TileRow> Z, TileLabels& classes) {
  TileRow best = Z[0];
  classes.fill(0);
  for (std::size_t c = 1; c < Z.size(); ++c)
    for (std::size_t b = 0; b < lanes; ++b) {
      classes[b] = Z[c].lane[b] > best.lane[b] ? static_cast<std::uint8_t>(c) : classes[b];
      best.lane[b] = Z[c].lane[b] > best.lane[b] ? Z[c].lane[b] : best.lane[b];
    }
}

}  // namespace espalier::net
