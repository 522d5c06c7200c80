// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "espalier/net/classifier.hpp"

namespace espalier::net {

/// Gradients of the mean loss over a batch, on the pattern only: weight has the layout of the layer's weights.
struct LayerGradient {
  std::vector<float> weight;  ///< links, or K x D row by row
  std::vector<float> bias;    ///< K
};
using Gradient = std::vector<LayerGradient>;

/// What one training step measures on its batch, before the update.
struct BatchScore {
  double loss = 0;  ///< sum over the images of the cross-entropy
  std::uint32_t correct = 0;
  std::uint32_t images = 0;
};

/// Forward and backward passes for training. Holds the buffers of one step: nothing is allocated per step.
class TrainingPass {
 public:
  /// Buffers for batches of at most `batch` images. Layers below `first_trained` are frozen (0: all are trained).
  /// Without `dense_gradients` the pass is faster and smaller, and dense_gradient() may not be called.
  TrainingPass(const Network& network, int batch, int first_trained = 0, bool dense_gradients = true);
  ~TrainingPass();
  TrainingPass(TrainingPass&&) noexcept;

  /// Loss and gradient of the mean cross-entropy of the images `images` of a byte image set, with the noise of `draw`.
  /// `network` must have the layer shapes of construction (the pattern may have changed at equal link counts).
  BatchScore run(const Network& network, std::span<const std::uint8_t> pixels, std::span<const std::uint8_t> labels,
                 std::span<const std::uint64_t> images, const NoiseSite& noise, std::uint64_t draw, Gradient& gradient);

  /// The same for a batch that was made: images X (D x B) in [0, 1], which stand for images `images` and have `labels` (B).
  BatchScore run(const Network& network, const Matrix& X, std::span<const std::uint8_t> labels,
                 std::span<const std::uint64_t> images, const NoiseSite& noise, std::uint64_t draw, Gradient& gradient);

  /// The dense gradient dY X^T (K x D) of layer `layer` for the batch of the last run(): what RigL grows by.
  const Matrix& dense_gradient(std::size_t layer);

 private:
  struct Buffers;
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace espalier::net
