// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Eigen/SparseCore>
#include <cstdint>
#include <span>
#include <vector>

#include "espalier/net/network.hpp"

namespace espalier::bench {

/// The network as one would write it with Eigen alone: row-major sparse matrices times row-major activations, the last layer
/// dense, Adam on the stored values. Buffers live on; nothing is wasted on purpose.
class EigenNetwork {
 public:
  using Matrix = net::Matrix;
  using Sparse = Eigen::SparseMatrix<float, Eigen::RowMajor>;

  explicit EigenNetwork(const net::Network& network);

  /// One step of training on byte images: gather, forward, backward, Adam. Returns the mean loss.
  float train(std::span<const std::uint8_t> pixels, std::span<const std::uint8_t> labels, std::span<const std::uint64_t> images);
  const Matrix& logits(std::span<const std::uint8_t> pixels, std::span<const std::uint64_t> images);
  const Matrix& logits(const Matrix& X);
  const Matrix& input_gradient(const Matrix& dZ);

 private:
  struct Layer {
    Sparse W, dW, m, v;
    Eigen::VectorXf b, db, m_b, v_b;
  };

  void forward();
  void backward(bool weights, bool inputs);
  void gather(std::span<const std::uint8_t> pixels, std::span<const std::uint64_t> images);

  std::vector<Layer> hidden_;
  Matrix W_, dW_, m_, v_;  ///< the last layer
  Eigen::VectorXf b_, db_, m_b_, v_b_;
  std::vector<Matrix> X_, dX_;  ///< inputs of every layer, logits last, and their gradients
};

}  // namespace espalier::bench
