// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "espalier/core/failure.hpp"
#include "espalier/core/results.hpp"
#include "espalier/robust/perturbation.hpp"

namespace espalier::robust {

/// The images that a network is evaluated on: `images` of a byte image set.
struct TestImages {
  std::span<const std::uint8_t> pixels;
  std::span<const std::uint8_t> labels;
  ImageShape shape;
  std::uint32_t images = 0;
  int classes = 0;
  std::vector<std::uint64_t> numbers{};  ///< of the images in the set, ascending; empty: the first ones

  std::uint64_t number(std::size_t i) const { return numbers.empty() ? i : numbers[i]; }
  std::uint8_t label(std::size_t i) const { return labels[number(i)]; }
};

/// The numbers of `images` random images of `all`, ascending: the same for all networks of a seed, and each sample is part of
/// every larger one.
std::vector<std::uint64_t> random_images(std::uint32_t all, std::uint32_t images, const Seeds& seeds);

/// What is proven of a noisy network: its most likely class stays where its activations are shifted by no more than
/// sqrt(d' S^-1 d) = Phi^-1(pA), pA a lower bound of the class's probability [Cohen, Rosenfeld and Kolter 2019, for S = s^2 I].
struct Certificate {
  std::function<std::vector<double>(const net::Matrix& shifts)> length{};  ///< of each column; empty: nothing is asked for
  std::uint64_t draws = 0;                                                 ///< single draws that vote on each clean image
  double confidence = 0.999;                                               ///< of each image's bound, by itself
};

/// How often a noisy network is asked: predictions are the mean of `draws` logit vectors.
struct EvaluationSettings {
  net::NoiseSite noise;
  std::uint64_t draws = 1;
  core::CancellationCheck check_cancelled{};  ///< between batches
  Certificate certificate{};
};

/// How a network does on images: one entry per image, in their order.
struct Scores {
  std::vector<std::uint8_t> correct;   ///< 1: the mean of the logits over the draws is largest at the label
  std::vector<std::uint8_t> majority;  ///< 1: most draws (ties: the smallest class) say the label
  std::vector<std::uint32_t> right;    ///< draws that say the label
  std::vector<float> loss;             ///< cross-entropy of the mean logits
};

/// What a network does with the images as they are: the same for all perturbations.
struct CleanResult {
  Scores scores;
  std::vector<std::uint32_t> votes{};  ///< draws of the certificate that say the label; empty where none is asked for
};
CleanResult evaluate_clean(const net::Network& network, const EvaluationSettings& evaluation, const TestImages& test,
                           int batch = 128);

/// The test images (D x images) as the corruption `settings` changes them: the same for all networks and noises of a seed.
/// Throws std::logic_error for other kinds.
net::Matrix corrupted(const TestImages& test, const core::Settings& settings, const Seeds& seeds,
                      const core::CancellationCheck& check_cancelled = {});
bool is_corruption(const core::Settings& settings);

/// What evaluations share; null: it is computed again.
struct Shared {
  const CleanResult* clean = nullptr;
  const net::Matrix* corrupted = nullptr;  ///< the images as the perturbation changes them
};

/// Applies `perturbation` and evaluates the result: accuracy, loss, outcomes and the metrics of its kind.
/// The same bits for every batch size.
core::CellResult evaluate(const net::Network& network, const EvaluationSettings& evaluation, const TestImages& test,
                          const core::Settings& perturbation, const Seeds& seeds, int batch = 128, const Shared& shared = {});

}  // namespace espalier::robust
