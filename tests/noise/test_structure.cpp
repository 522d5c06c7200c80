// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "espalier/noise/structure.hpp"

using namespace espalier;

namespace {

core::Settings isotropic(double trace) { return {"isotropic", {{"layer", 2.0}, {"trace", trace}, {"draws", 7.0}}}; }

net::Matrix sample(const net::NoiseSite& site, int units, std::vector<std::uint64_t> images, std::uint64_t draw) {
  net::Matrix A = net::Matrix::Zero(units, static_cast<Eigen::Index>(images.size()));
  site.add(A, images, draw);
  return A;
}

}  // namespace

TEST_CASE("No noise is an empty site with one draw") {
  const core::Settings none{"none", {}};

  CHECK(!noise::make_noise(none, 10, nullptr, {1, 0}));
  CHECK(noise::draws(none) == 1);
  CHECK(noise::draws(isotropic(1)) == 7);
}

TEST_CASE("Isotropic noise has mean 0 and variance trace at every unit") {
  const int units = 50, images = 4000;
  std::vector<std::uint64_t> numbers(images);
  std::iota(numbers.begin(), numbers.end(), 0);

  const net::NoiseSite site = noise::make_noise(isotropic(0.25), units, nullptr, {1, 0});
  const Eigen::MatrixXd A = sample(site, units, numbers, 3).cast<double>();

  CHECK(site.layer == 2);
  const double n = images;
  for (int k = 0; k < units; ++k) {
    CHECK(std::abs(A.row(k).mean()) < 4.5 * 0.5 / std::sqrt(n));  // 4.5 standard errors, 50 units: p about 3e-4 in all
    CHECK(std::abs(A.row(k).squaredNorm() / n - 0.25) < 4.5 * 0.25 * std::sqrt(2 / n));
  }
  const double total = A.squaredNorm() / n;  // estimates the trace
  CHECK(std::abs(total - 0.25 * units) < 4 * 0.25 * std::sqrt(2 * units / n));
}

TEST_CASE("A noise draw depends on seed, image and draw alone, not on the batch it is drawn in") {
  const net::NoiseSite site = noise::make_noise(isotropic(1), 33, nullptr, {1, 0});

  const net::Matrix together = sample(site, 33, {4, 9, 2}, 5);

  CHECK(together.col(1) == sample(site, 33, {9}, 5).col(0));
  CHECK(together.col(1) != sample(site, 33, {9}, 6).col(0));
  CHECK(together.col(1) != together.col(0));
  CHECK(together.col(1) != sample(noise::make_noise(isotropic(1), 33, nullptr, {1, 1}), 33, {9}, 5).col(0));
}

TEST_CASE("Noise of strength 0 leaves every bit as it is") {
  net::Matrix A = net::Matrix::Random(20, 3).cwiseMax(0);
  const net::Matrix before = A;
  const std::vector<std::uint64_t> images{0, 1, 2};

  noise::make_noise(isotropic(0), 20, nullptr, {1, 0}).add(A, images, 0);

  CHECK(A == before);
}
