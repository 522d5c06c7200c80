#pragma once

#include <span>

#include "espalier/core/failure.hpp"
#include "espalier/core/results.hpp"
#include "espalier/robust/perturbation.hpp"

namespace espalier::robust {

/// The images a network is judged on: the first `images` of a byte image set.
struct TestImages {
  std::span<const std::uint8_t> pixels;
  std::span<const std::uint8_t> labels;
  ImageShape shape;
  std::uint32_t images = 0;
  int classes = 0;
};

/// How often a noisy network is asked: predictions are the mean of `draws` logit vectors.
struct Judge {
  net::NoiseSite noise;
  std::uint64_t draws = 1;
  core::Pulse pulse{};  ///< between batches
};

/// Applies `perturbation` and judges the result: accuracy, loss, outcomes and the metrics of its kind.
/// The same bits for every batch size.
core::CellResult evaluate(const net::Network& network, const Judge& judge, const TestImages& test,
                          const core::Settings& perturbation, const Seeds& seeds, int batch = 128);

}  // namespace espalier::robust
