// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "espalier/core/results.hpp"

namespace espalier::core {

/// Units of the widest layer whose fitted covariance is decomposed. Beyond it a decomposition takes a minute and more, which few
/// structures need: the covariance itself is stored.
inline constexpr std::uint64_t most_decomposed_units = 2048;

/// Numbers that a fit of n units stores: eigenvalues, and eigenvectors or the lower triangle.
constexpr std::uint64_t spectrum_numbers(std::uint64_t n) { return n <= most_decomposed_units ? n : 0; }
constexpr std::uint64_t vector_numbers(std::uint64_t n) { return n <= most_decomposed_units ? n * n : n * (n + 1) / 2; }

/// A fitted covariance S0 (n x n) of activation differences as it is stored: its eigenvalues and eigenvectors, so that no rank
/// decomposes it again, S0 = sum_k spectrum[k] v_k v_k'; or, for many units, its lower triangle.
struct FitResult : WorkResult {
  std::uint32_t images = 0;
  double trace = 0;
  double effective_rank = 0;     ///< NaN where S0 is not decomposed
  std::vector<double> spectrum;  ///< n eigenvalues, descending; empty where S0 is not decomposed
  std::vector<double> vectors;   ///< n x n, row k is the eigenvector v_k; or the lower triangle of S0, row by row
};

inline constexpr std::array fit_fields{
    Field<FitResult>{"images", "images", "training images of the fit", &FitResult::images},
    Field<FitResult>{"trace", "squared activation", "trace of the covariance, ridge included", &FitResult::trace},
    Field<FitResult>{
        "effective_rank", "1",
        "exp(entropy of the normalised spectrum) [Roy and Vetterli 2007]; NaN where the covariance is not decomposed",
        &FitResult::effective_rank},
};

/// A retrained tail as it is stored; its links are those of its model.
struct TailResult : WorkResult {
  double train_loss = 0;
  double test_accuracy = 0;
  double test_loss = 0;
  std::vector<float> weights;  ///< of the layers above the noise, from below: weights in the layer's order, then biases
};

inline constexpr std::array tail_fields{
    Field<TailResult>{"train_loss", "nat", "mean cross-entropy of the last epoch, with the noise on", &TailResult::train_loss},
    Field<TailResult>{"test_accuracy", "share", "accuracy on the test images with one draw of the noise",
                      &TailResult::test_accuracy},
    Field<TailResult>{"test_loss", "nat", "mean cross-entropy on the test images with one draw of the noise",
                      &TailResult::test_loss},
};

}  // namespace espalier::core
