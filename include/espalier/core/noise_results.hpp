// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "espalier/core/results.hpp"

namespace espalier::core {

/// A fitted covariance S0 (n x n) of activation differences as it is stored: its eigenvalues and eigenvectors, so that no rank
/// decomposes it again. S0 = sum_k spectrum[k] v_k v_k'.
struct FitResult {
  Status status = Status::to_do;
  Reason reason = Reason::none;
  std::string message;
  std::uint32_t images = 0;      ///< training images whose differences were fitted
  double trace = 0;              ///< of S0, in squared activations
  double effective_rank = 0;     ///< exp(entropy of the normalised spectrum) [Roy and Vetterli, EUSIPCO 2007]
  std::vector<double> spectrum;  ///< n eigenvalues, descending
  std::vector<double> vectors;   ///< n x n, row k is the eigenvector v_k
  double seconds = 0;
};

/// A retrained tail as it is stored; its links are those of its model.
struct TailResult {
  Status status = Status::to_do;
  Reason reason = Reason::none;
  std::string message;
  double train_loss = 0;       ///< nat, of the last epoch, with the noise on
  double test_accuracy = 0;    ///< share, on the test images with one draw of the noise
  double test_loss = 0;        ///< nat, the same
  std::vector<float> weights;  ///< of the layers above the noise, from below: weights in the layer's order, then biases
  double seconds = 0;
};

}  // namespace espalier::core
