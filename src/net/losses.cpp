// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "espalier/net/classifier.hpp"
#include "net/kernels.hpp"

namespace espalier::net {

Batch gather(std::span<const std::uint8_t> pixels, std::uint32_t size, std::span<const std::uint64_t> images) {
  Batch batch{Matrix(size, images.size()), {images.begin(), images.end()}};
  Tile tile(size);
  for (std::size_t first = 0; first < images.size(); first += lanes) {
    kernels::load_pixels(pixels, images.subspan(first, std::min(lanes, images.size() - first)), 0, 1, tile);
    store_columns(tile, 1, first, batch.X);
  }
  return batch;
}

void cross_entropy(const Matrix& Z, std::span<const std::uint8_t> labels, std::span<float> loss, Matrix* dZ) {
  if (dZ) dZ->resize(Z.rows(), Z.cols());
  Tile tile(static_cast<std::size_t>(Z.rows()));
  TileRow ones, losses;
  ones.lane.fill(1);
  const auto columns = static_cast<std::size_t>(Z.cols());
  for (std::size_t first = 0; first < columns; first += lanes) {
    const std::size_t count = std::min(lanes, columns - first);
    kernels::load_columns(Z, first, 0, 1, tile);
    kernels::cross_entropy(tile, labels.subspan(first, count), ones, losses);
    std::copy_n(losses.lane.begin(), count, loss.begin() + static_cast<std::ptrdiff_t>(first));
    if (dZ) store_columns(tile, 1, first, *dZ);
  }
}

std::vector<std::uint8_t> predict(const Matrix& Z) {
  const auto columns = static_cast<std::size_t>(Z.cols());
  std::vector<std::uint8_t> classes(columns);
  Tile tile(static_cast<std::size_t>(Z.rows()));
  TileLabels found;
  for (std::size_t first = 0; first < columns; first += lanes) {
    kernels::load_columns(Z, first, 0, 1, tile);
    predict(tile, found);
    std::copy_n(found.begin(), std::min(lanes, columns - first), classes.begin() + static_cast<std::ptrdiff_t>(first));
  }
  return classes;
}

}  // namespace espalier::net
