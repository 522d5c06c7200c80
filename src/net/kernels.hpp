// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>

#include "espalier/net/network.hpp"
#include "net/tile.hpp"

/// The kernels on one tile, dispatched to AVX2 or AVX-512 at run time. They give the same bits on both: every lane sums over the
/// links in increasing order with one fused multiply-add each, and sums over the lanes follow one fixed tree of 16 lanes (in dW
/// of dense layers the order of the lanes).
///
/// Training always takes the sparse product of a sparse layer; evaluation takes a dense copy where a quarter of the links or more
/// are live (classifier.cpp). Y and dX of a dense layer with the same links have the same bits, so the choice only
/// shows in time. Measured at 1000 x 1000 per tile (AVX-512): 2.8 ns per link forward at 10 %, 5.3 at 50 %, where index and
/// weights have left the second-level cache, and 1.9 to 3.6 ns backward, against 0.67 and 2.2 ns per entry of a dense layer. By
/// these figures the dense product overtakes between 13 and 24 % forward; a training step would also have to fill the copy and
/// pick dW out of it, and by the same figures gains little below 50 %.
///
/// Pointers are to whole layers: D rows of inputs, K rows of outputs. Null pointers leave out what they would receive.
namespace espalier::net::kernels {

/// Y = W X + b; with `gates` also Y = relu(Y), gates = [Y > 0].
void forward(const SparseLayer& layer, const TileRow* X, TileRow* Y, std::uint64_t* gates);
void forward(const DenseLayer& layer, const TileRow* X, TileRow* Y, std::uint64_t* gates);

/// Where a backward pass leaves its results. Sums over images are added to what dW and db hold.
struct Backward {
  const std::uint64_t* gates = nullptr;  ///< of the inputs (D); null where no ReLU made them
  TileRow* dX = nullptr;                 ///< D rows; may be X itself
  float* dW = nullptr;                   ///< one per weight, in the layer's order
  float* db_below = nullptr;             ///< D: sum of dX over the images, the bias gradient of the layer below
};

/// dX = gates * (W^T dY) and dW += dY X^T on the pattern, in one pass over dY. X may be null when dW is.
void backward(const SparseLayer& layer, const TileRow* X, const TileRow* dY, const Backward& out);
void backward(const DenseLayer& layer, const TileRow* X, const TileRow* dY, const Backward& out);

/// Y = pool(W * X + b), a row per filter and pooled pixel. `taken`: two words per row, bits of the lanes whose largest of four
/// pixels is in the right column, and in the lower row; of equal ones the first in reading order.
void forward(const ConvolutionLayer& layer, const TileRow* X, TileRow* Y, std::uint64_t* taken);

/// Y = max pooling of X, the outputs of a convolution before pooling.
void pool(const core::Filters& filters, const TileRow* X, TileRow* Y, std::uint64_t* taken);

/// dY at the pixels before pooling, from dY at the pooled ones.
void unpool(const core::Filters& filters, const TileRow* pooled, const std::uint64_t* taken, TileRow* dY);

/// dW and dX from dY at the pixels before pooling. `out` has neither gates nor db_below. dX may be X itself.
void backward(const ConvolutionLayer& layer, const TileRow* X, const TileRow* dY, const Backward& out);

/// db[f] += sum of filter f's rows over pixels and images, for dY at the pooled or unpooled pixels.
void add_filter_sums(const core::Filters& filters, std::span<const TileRow> dY, float* db);

/// Y = relu(Y), gates = [Y > 0]; dY = gates * dY.
void rectify(std::span<TileRow> Y, std::uint64_t* gates);
void apply_gates(const std::uint64_t* gates, std::span<TileRow> dY);

/// Y = tanh(Y) within 2 ulp; slopes = 1 - Y^2 (null: not wanted). dY = slopes * dY.
void apply_tanh(std::span<TileRow> Y, TileRow* slopes);
void apply_slopes(const TileRow* slopes, std::span<TileRow> dY);

/// sums[i] += sum of row i over the lanes.
void add_row_sums(std::span<const TileRow> rows, float* sums);

/// X = (pixels / 255 - mean) * inverse_sd for up to `lanes` images out of an image set with D = X.size() bytes per image; lanes
/// beyond the last image repeat it.
void load_pixels(std::span<const std::uint8_t> pixels, std::span<const std::uint64_t> images, float mean, float inverse_sd,
                 std::span<TileRow> X);

/// X = (columns first.. of `pixels` - mean) * inverse_sd; lanes beyond the last column are zero.
void load_columns(const Matrix& pixels, std::size_t first, float mean, float inverse_sd, std::span<TileRow> X);

/// Cross-entropy of each lane, and Z = (softmax(Z) - onehot(label)) * weight in place.
void cross_entropy(std::span<TileRow> Z, std::span<const std::uint8_t> labels, const TileRow& weight, TileRow& loss);

/// The numbers of one step of Adam.
struct AdamStep {
  float rate, beta1, beta2, epsilon, correction1, correction2, weight_decay;
};

}  // namespace espalier::net::kernels
