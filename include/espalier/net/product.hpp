// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Eigen/Core>

#include "espalier/net/network.hpp"

namespace espalier::net {

/// Y += W X' + b; X (B x D) holds one image after the other, Y (K x B). W and b are those of `bands` on top of each other; a band
/// with fewer than D inputs reads the first columns of X. By the kernels of the network: the same bits on every instruction set,
/// and for an image in every batch.
void add_product(std::span<const Layer> bands, Eigen::Ref<const Matrix> X, Eigen::Ref<Matrix> Y);

/// A lower-triangular matrix as bands that leave out the blocks right of the diagonal: half of the work of a full one.
std::vector<Layer> triangular_bands(const Eigen::MatrixXd& L);

/// The weights of a layer as a matrix (K x D); absent links are 0. Of a convolution K are the units before pooling.
Eigen::MatrixXd dense_weights(const Layer& layer);

/// Eigen blocks large products by the caches that it finds, and rounds accordingly. From here on all machines get the same
/// blocking. For the whole process; call it before the first product.
void fix_blocking();

}  // namespace espalier::net
