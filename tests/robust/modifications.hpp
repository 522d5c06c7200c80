// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>

#include "robust/fixtures.hpp"
#include "robust/image.hpp"
#include "robust/networks.hpp"

/// Images of 12 x 10 pixels and what a modification makes of them.
namespace espalier::robust::testing {

inline Image image_of(const net::Matrix& A) {
  Image image(static_cast<int>(A.rows()), static_cast<int>(A.cols()));
  std::copy_n(A.data(), A.size(), image.pixels.begin());
  return image;
}

inline double difference(const Image& a, const net::Matrix& b) {
  double largest = 0;
  for (std::size_t p = 0; p < a.pixels.size(); ++p) largest = std::max(largest, std::abs(a.pixels[p] - double(b.data()[p])));
  return largest;
}

inline Image clipped(Image image) {
  for (double& x : image.pixels) x = std::clamp(x, 0.0, 1.0);
  return image;
}

inline net::Matrix modified(const net::Batch& clean, const std::string& kind, std::map<std::string, core::Value> values) {
  return std::get<Modification>(perturbation(kind).act)(clean, {12, 10}, settings(kind, values), {1, 0});
}

/// Images 3, 4, ... with uniform pixels.
inline net::Batch batch(Eigen::Index images) {
  net::Batch out{net::Matrix(120, images), {}};
  for (Eigen::Index b = 0; b < images; ++b) {
    out.images.push_back(static_cast<std::uint64_t>(b + 3));
    core::Random random(9, static_cast<std::uint64_t>(b), 0);
    for (Eigen::Index p = 0; p < 120; ++p) out.X(p, b) = static_cast<float>(random.uniform());
  }
  return out;
}

}  // namespace espalier::robust::testing
