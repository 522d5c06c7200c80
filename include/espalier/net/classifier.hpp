// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "espalier/net/network.hpp"

namespace espalier::net {

/// Noise that is added to the activations of one hidden layer, after its activation function; or to the outputs of the linear map
/// of a layer, before pooling and activation function.
struct NoiseSite {
  int layer = 0;  ///< from 1; 0: no noise
  /// Adds to `activations` (units x B) the noise of images images[0..B-1] in draw `draw`. A pure function of its arguments.
  std::function<void(Eigen::Ref<Matrix> activations, std::span<const std::uint64_t> images, std::uint64_t draw)> add;
  /// Noise of the linear map of `above`, the layer above the site, of the same law as what `above` makes of this noise. Its draws
  /// are others. Empty: there is none.
  std::function<NoiseSite(const Layer& above)> through{};
  bool linear = false;       ///< of a linear map
  double multiply_adds = 0;  ///< per image and draw

  explicit operator bool() const { return layer > 0; }
};

/// `noise` where it takes the least work in a network whose weights do not change: noise of the last hidden layer at the logits,
/// correlated noise below a convolution with fewer outputs at these. The law of the logits stays the same.
NoiseSite at_cheapest_place(const Network& network, NoiseSite noise);

/// Images of a batch as the network sees them: pixels in [0, 1] (D x B), and the image numbers that key the noise (B).
struct Batch {
  Matrix X;
  std::vector<std::uint64_t> images;
};

/// Columns `images` of byte images (image-major, `size` pixels each) as a batch in [0, 1].
Batch gather(std::span<const std::uint8_t> pixels, std::uint32_t size, std::span<const std::uint64_t> images);

/// A network as its examiner sees it: logits and input gradients, with the noise of one draw. Never touches weight gradients.
/// Noise is drawn at its cheapest place.
/// Holds the work buffers of one pass, so it is cheap to call often and belongs to one thread. The network must outlive it.
class Classifier {
 public:
  explicit Classifier(const Network& network, NoiseSite noise = {});
  ~Classifier();
  Classifier(Classifier&&) noexcept;
  Classifier& operator=(Classifier&&) noexcept;

  bool stochastic() const;
  std::uint32_t inputs() const;
  std::uint32_t classes() const;

  /// Logits Z (C x B) of inputs X (D x B) with the noise of draw `draw`. The result stays valid until the next call.
  const Matrix& logits(const Matrix& X, std::span<const std::uint64_t> images, std::uint64_t draw = 0);

  /// The same for images `images` of a byte image set, as gather() would give them.
  const Matrix& logits(std::span<const std::uint8_t> pixels, std::span<const std::uint64_t> images, std::uint64_t draw = 0);

  /// d loss / d X (D x B) at the inputs and draw of the last logits() call, given dZ = d loss / d Z (C x B).
  /// The result stays valid until the next call.
  const Matrix& input_gradient(const Matrix& dZ);

  /// Logits Z (C x B) of draws first .. first+count-1, one entry per draw; everything below the noise is computed once. The
  /// result stays valid until the next call.
  std::span<const Matrix> logits_of_draws(const Matrix& X, std::span<const std::uint64_t> images, std::uint64_t first,
                                          std::uint64_t count);

  /// Mean over the draws of the last logits_of_draws() call of d loss / d X (D x B), given dZ = d loss / d Z: one entry per draw,
  /// or one for all. The mean is taken at the noise and propagated down once; it is a running mean, so that equal draws give
  /// exactly their bits. The result stays valid until the next call.
  const Matrix& mean_input_gradient(std::span<const Matrix> dZ);

  /// Calls `use(draw, Z)` for draws first .. first+count-1; everything below the noise is computed once.
  void each_draw(const Matrix& X, std::span<const std::uint64_t> images, std::uint64_t first, std::uint64_t count,
                 const std::function<void(std::uint64_t draw, const Matrix& Z)>& use);

  /// Activations (units x B) of hidden layer `layer` (from 1), after its activation function, without noise.
  const Matrix& activations(const Matrix& X, int layer);

 private:
  struct Buffers;
  std::unique_ptr<Buffers> buffers_;
};

/// Mean cross-entropy is the mean of these: loss_b = log sum_c exp(z_cb) - z_yb; and dZ = softmax(Z) - onehot(y), per image
/// (not divided by B).
void cross_entropy(const Matrix& Z, std::span<const std::uint8_t> labels, std::span<float> loss, Matrix* dZ);

/// Row of the largest logit of each column; the smallest row wins ties.
std::vector<std::uint8_t> predict(const Matrix& Z);

}  // namespace espalier::net
