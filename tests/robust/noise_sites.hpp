// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "espalier/core/random.hpp"
#include "espalier/net/classifier.hpp"

namespace espalier::robust::testing {

/// Gaussian noise of standard deviation `sd` at hidden layer 1, a pure function of (image, draw).
inline net::NoiseSite gaussian_noise(float sd) {
  return {1, [sd](Eigen::Ref<net::Matrix> A, std::span<const std::uint64_t> images, std::uint64_t draw) {
            for (std::size_t b = 0; b < images.size(); ++b) {
              core::Random random = core::Stream(5, "noise").random(images[b], draw);
              for (Eigen::Index k = 0; k < A.rows(); ++k)
                A(k, static_cast<Eigen::Index>(b)) += sd * static_cast<float>(random.gaussian());
            }
          }};
}

}  // namespace espalier::robust::testing
