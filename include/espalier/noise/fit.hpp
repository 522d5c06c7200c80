// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "espalier/core/noise_results.hpp"
#include "espalier/net/network.hpp"

namespace espalier::noise {

/// Sample covariance of paired differences of activations, in one pass and in double precision: the means and centred products
/// of blocks are merged [Chan, Golub and LeVeque, The American Statistician 1983]. The bits depend on the blocks.
class DifferenceCovariance {
 public:
  explicit DifferenceCovariance(Eigen::Index units);
  /// Adds the differences changed - clean of a block of images (both units x B).
  void add(const net::Matrix& clean, const net::Matrix& changed);
  std::uint32_t images() const { return images_; }
  /// units x units, mean removed, divisor images - 1. Throws std::runtime_error for fewer than two images.
  Eigen::MatrixXd covariance() const;

 private:
  std::uint32_t images_ = 0;
  Eigen::VectorXd mean_;
  Eigen::MatrixXd products_;  ///< of the centred differences; lower triangle
};

/// What is added to the diagonal of every fitted covariance, as in the study's code [arXiv 2606.13801].
inline constexpr double ridge = 1e-4;

/// A fitted covariance S0 = V diag(spectrum) V'; of more than core::most_decomposed_units units S0 itself.
struct Fit {
  Eigen::VectorXd spectrum;  ///< descending
  Eigen::MatrixXd vectors;   ///< V: column k belongs to spectrum[k]
  Eigen::MatrixXd S0{};      ///< empty where it is decomposed
};

Eigen::Index units(const Fit& fit);
double trace(const Fit& fit);
Eigen::MatrixXd covariance(const Fit& fit);

/// Eigenvalues below zero, which rounding makes, become 0.
Fit decompose(const Eigen::MatrixXd& covariance);
/// `fit` with its spectrum and eigenvectors, computed where it has none.
Fit decomposed(const Fit& fit);

/// exp(entropy of the normalised spectrum) [Roy and Vetterli, EUSIPCO 2007]: between 1 and its length.
double effective_rank(const Eigen::VectorXd& spectrum);

/// The finished covariance with its ridge, decomposed if it has at most core::most_decomposed_units units, as it is stored; and
/// back.
core::FitResult finish(const DifferenceCovariance& differences);
Fit from_stored(const core::FitResult& stored);

}  // namespace espalier::noise
