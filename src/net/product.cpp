// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/net/product.hpp"

#include <algorithm>

#include "espalier/net/convolution.hpp"
#include "net/kernels.hpp"
#include "net/layer_pass.hpp"

namespace espalier::net {
namespace {

void add_columns(std::span<const TileRow> tile, std::size_t first, Eigen::Ref<Matrix> to) {
  const auto count = std::min<Eigen::Index>(lanes, to.cols() - static_cast<Eigen::Index>(first));
  for (std::size_t k = 0; k < tile.size(); ++k)
    to.row(static_cast<Eigen::Index>(k)).segment(static_cast<Eigen::Index>(first), count) +=
        Eigen::Map<const Eigen::Matrix<float, 1, Eigen::Dynamic>>(tile[k].lane.data(), count);
}

/// The rows of `images` (at most 64 x D) as the lanes of `tile` (D), the others zero. In blocks, so that the lines of the tile
/// are still in the first-level cache when the next image comes.
void load_images(const Eigen::Ref<const Matrix>& images, std::span<TileRow> tile) {
  constexpr std::size_t block = 32;
  const auto count = static_cast<std::size_t>(images.rows());
  for (std::size_t first = 0; first < tile.size(); first += block) {
    const std::size_t last = std::min(first + block, tile.size());
    if (count < lanes)
      for (std::size_t k = first; k < last; ++k) tile[k].lane.fill(0);
    for (std::size_t b = 0; b < count; ++b) {
      const float* image = images.data() + static_cast<Eigen::Index>(b) * images.outerStride();
      for (std::size_t k = first; k < last; ++k) tile[k].lane[b] = image[k];
    }
  }
}

}  // namespace

void add_product(std::span<const Layer> bands, Eigen::Ref<const Matrix> X, Eigen::Ref<Matrix> Y) {
  Tile in(static_cast<std::size_t>(X.cols())), out(static_cast<std::size_t>(Y.rows()));
  for (Eigen::Index first = 0; first < X.rows(); first += static_cast<Eigen::Index>(lanes)) {
    load_images(X.middleRows(first, std::min<Eigen::Index>(lanes, X.rows() - first)), in);
    TileRow* rows = out.data();
    for (const Layer& band : bands) {
      forward_last(band, in.data(), rows);
      rows += outputs(band);
    }
    add_columns(out, static_cast<std::size_t>(first), Y);
  }
}

std::vector<Layer> triangular_bands(const Eigen::MatrixXd& L) {
  constexpr Eigen::Index band = 30;  // a multiple of the rows that the kernels take at once on either instruction set
  std::vector<Layer> bands;
  for (Eigen::Index first = 0; first < L.rows(); first += band) {
    const Eigen::Index rows = std::min(band, L.rows() - first);
    bands.emplace_back(DenseLayer{L.block(first, 0, rows, first + rows).cast<float>(),
                                  std::vector<float>(static_cast<std::size_t>(rows), 0.0F)});
  }
  return bands;
}

Eigen::MatrixXd dense_weights(const Layer& layer) {
  if (const auto* dense = std::get_if<DenseLayer>(&layer)) return dense->weight.cast<double>();
  if (const auto* convolution = std::get_if<ConvolutionLayer>(&layer)) {
    const core::Filters& f = convolution->shape;
    Eigen::MatrixXd W = Eigen::MatrixXd::Zero(f.count * f.rows() * f.columns(), inputs(layer));
    for_each_product(f, [&](std::size_t output, std::size_t input, std::size_t weight) {
      W(static_cast<Eigen::Index>(output), static_cast<Eigen::Index>(input)) = static_cast<double>(convolution->weight[weight]);
    });
    return W;
  }
  const auto& sparse = std::get<SparseLayer>(layer);
  Eigen::MatrixXd W = Eigen::MatrixXd::Zero(sparse.outputs, sparse.inputs);
  for (std::uint32_t j = 0; j < sparse.inputs; ++j)
    for (auto k = sparse.start[j]; k < sparse.start[j + 1]; ++k) W(sparse.target[k], j) = static_cast<double>(sparse.weight[k]);
  return W;
}

void fix_blocking() { Eigen::setCpuCacheSizes(32 << 10, 1 << 20, 8 << 20); }

}  // namespace espalier::net
