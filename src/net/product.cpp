// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/net/product.hpp"

#include <algorithm>

#include "net/kernels.hpp"

namespace espalier::net {
namespace {

void add_columns(std::span<const TileRow> tile, std::size_t first, Eigen::Ref<Matrix> to) {
  const auto count = std::min<Eigen::Index>(lanes, to.cols() - static_cast<Eigen::Index>(first));
  for (std::size_t k = 0; k < tile.size(); ++k)
    to.row(static_cast<Eigen::Index>(k)).segment(static_cast<Eigen::Index>(first), count) +=
        Eigen::Map<const Eigen::Matrix<float, 1, Eigen::Dynamic>>(tile[k].lane.data(), count);
}

}  // namespace

void add_product(const Layer& layer, const Matrix& X, Eigen::Ref<Matrix> Y) {
  Tile in(static_cast<std::size_t>(X.rows())), out(static_cast<std::size_t>(Y.rows()));
  for (std::size_t first = 0; first < static_cast<std::size_t>(X.cols()); first += lanes) {
    kernels::load_columns(X, first, 0, 1, in);
    kernels::forward(layer, in.data(), out.data(), nullptr);
    add_columns(out, first, Y);
  }
}

void fix_blocking() { Eigen::setCpuCacheSizes(32 << 10, 1 << 20, 8 << 20); }

}  // namespace espalier::net
