// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "robust/attack.hpp"

namespace espalier::robust {

/// How an attack asks a noisy network [EOT, Athalye et al. 2018].
struct Expectation {
  std::uint64_t draws = 1;  ///< K, per gradient and per comparison
  bool of_logits = false;   ///< gradient of the loss at the mean logits; else mean of the gradients of the loss
};

/// A network without noise needs one draw; where the user does not say, a noisy one gets as many as predictions average.
Expectation expectation(const AttackSettings& settings, const net::Classifier& classifier);

/// Where candidates stand, image by image, by draws that are the same for all candidates.
struct Probe {
  std::vector<float> loss;
  std::vector<float> margin;         ///< largest other logit - the label's, of the mean logits
  std::vector<float> spread;         ///< sd of such a margin over predictions of kPredictionDraws draws; 0 without noise
  std::vector<std::uint8_t> fooled;  ///< 1: the mean logits say another class, and by three of these sd
};

/// A classifier under attack: loss and input gradient in expectation over noise draws. The draws are numbered from 2^32, so
/// that an evaluation with draws 0, 1, ... uses fresh ones. With noise of strength 0 every number has the bits that the
/// network without noise gives. The classifier, images and labels must outlive it.
class Target {
 public:
  Target(net::Classifier& classifier, Loss loss, std::span<const std::uint64_t> images, std::span<const std::uint8_t> labels,
         Expectation expectation);

  /// Classes that a loss with targets aims at, one per image.
  void aim(std::vector<std::uint8_t> classes) { targets_ = std::move(classes); }

  /// d loss / d X (D x B), times 2^flatness() of each image, by the draws of step `step`: fresh in every step. Valid until the
  /// next call.
  const net::Matrix& gradient(const net::Matrix& X, std::uint64_t step);
  /// The same by the common draws.
  const net::Matrix& common_gradient(const net::Matrix& X);
  /// Loss and prediction by the common draws.
  Probe probe(const net::Matrix& X);
  /// Both; without noise in one pass. The gradient is then gradient().
  Probe probe_and_differentiate(const net::Matrix& X, std::uint64_t step);
  const net::Matrix& gradient() const { return G_; }

  /// Margins and predictions by draws that steer no attack: of a noisy network, 30 of each image and 160 of those whose margin
  /// is within three sd of 0, where ten draws may say either. Loss is left out.
  Probe probe_afresh(const net::Matrix& X);

  /// Mean logits by the common draws.
  net::Matrix logits(const net::Matrix& X);

  /// Measures the logits' scale at `clean` where the loss needs it: before the first step of an attack.
  void scale_by(const net::Matrix& clean);

  std::size_t images() const { return labels_.size(); }
  std::span<const std::uint8_t> labels() const { return labels_; }

 private:
  const net::Matrix& differentiate(const net::Matrix& X, std::uint64_t first_draw);
  Goal goal() const { return {loss_, labels_, targets_, scales_}; }

  net::Classifier& classifier_;
  Loss loss_;
  std::span<const std::uint64_t> images_;
  std::span<const std::uint8_t> labels_;
  std::vector<std::uint8_t> targets_;
  std::vector<double> scales_;
  Expectation expectation_;
  net::Matrix G_;
  std::vector<net::Matrix> dZ_;  ///< of each draw, or at the mean logits
};

}  // namespace espalier::robust
