// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Eigen/Core>
#include <Eigen/SparseCore>
#include <span>
#include <vector>

#include "espalier/net/network.hpp"

/// The plain Eigen kernels that every fast kernel must match; also in double, for finite differences.
namespace espalier::net::reference {

template <typename Scalar>
using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// One layer with W (K x D), sparse, and b (K); a dense layer is one with all links, a convolution one whose links share weights,
/// with K units before pooling.
template <typename Scalar>
struct Layer {
  Eigen::SparseMatrix<Scalar, Eigen::RowMajor> W;
  Eigen::Matrix<Scalar, Eigen::Dynamic, 1> b;
  Activation activation = Activation::relu;  ///< unless it is the last layer
  core::Filters filters{};
};

template <typename Scalar>
std::vector<Layer<Scalar>> convert(const Network& network);

/// Activations of every layer, pooled, input first, logits last; X is already standardised.
template <typename Scalar>
std::vector<Matrix<Scalar>> forward(const std::vector<Layer<Scalar>>& layers, const Matrix<Scalar>& X);

template <typename Scalar>
struct Gradients {
  Scalar loss;                        ///< mean cross-entropy
  std::vector<Layer<Scalar>> layers;  ///< dW on W's pattern, db (K)
  Matrix<Scalar> dX;                  ///< D x B
};

template <typename Scalar>
Gradients<Scalar> backward(const std::vector<Layer<Scalar>>& layers, const std::vector<Matrix<Scalar>>& activations,
                           std::span<const std::uint8_t> labels);

}  // namespace espalier::net::reference
