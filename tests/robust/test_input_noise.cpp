// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cmath>

#include "robust/ball.hpp"
#include "robust/networks.hpp"

using namespace espalier;
using namespace espalier::robust;
using namespace espalier::robust::testing;

namespace {

net::Matrix noisy(const net::Batch& clean, const std::string& kind, std::map<std::string, core::Value> values,
                  Seeds seeds = {1, 0}) {
  return std::get<Modification>(perturbation(kind).act)(clean, {20, 20}, settings(kind, values), seeds);
}

net::Batch grey(std::vector<std::uint64_t> images) {
  return {net::Matrix::Constant(400, static_cast<Eigen::Index>(images.size()), 0.5f), std::move(images)};
}

}  // namespace

TEST_CASE("Noise of a given norm has exactly that length on every image while nothing is clipped") {
  const net::Batch clean = grey({0, 1, 2, 3, 4});
  for (const std::string kind : {"gaussian-noise", "uniform-noise"}) {
    const net::Matrix linf = noisy(clean, kind, {{"level", 0.1}, {"norm", std::string("linf")}}) - clean.X;
    const net::Matrix l2 = noisy(clean, kind, {{"level", 1.5}, {"norm", std::string("l2")}}) - clean.X;

    for (const double length : linf_norms(linf)) CHECK(length == doctest::Approx(0.1).epsilon(1e-6));
    for (const double length : l2_norms(l2)) CHECK(length == doctest::Approx(1.5).epsilon(1e-6));
  }
}

TEST_CASE("Gaussian noise by its standard deviation and uniform noise by its range have the moments they name") {
  const net::Batch clean = grey({0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  const double n = 4000;

  const net::Matrix gaussian = noisy(clean, "gaussian-noise", {{"level", 0.08}}) - clean.X;
  const net::Matrix uniform = noisy(clean, "uniform-noise", {{"level", 0.3}}) - clean.X;

  CHECK(std::abs(gaussian.cast<double>().mean()) < 4 * 0.08 / std::sqrt(n));
  CHECK(std::abs(gaussian.cast<double>().squaredNorm() / n / (0.08 * 0.08) - 1) < 4 * std::sqrt(2 / n));
  CHECK(std::abs(uniform.cast<double>().mean()) < 4 * 0.3 / std::sqrt(3 * n));
  CHECK(std::abs(uniform.cast<double>().squaredNorm() / n / 0.03 - 1) < 4 * std::sqrt(0.8 / n));  // kurtosis 9/5
  CHECK(uniform.cwiseAbs().maxCoeff() <= 0.3f);
}

TEST_CASE("Noise is clipped to the range from 0 to 1 and keyed by seed, kind and image") {
  const net::Batch clean = grey({5, 6});

  const net::Matrix X = noisy(clean, "gaussian-noise", {{"level", 2.0}});

  CHECK((X.array() >= 0 && X.array() <= 1).all());
  CHECK(X.col(1) == noisy(grey({6}), "gaussian-noise", {{"level", 2.0}}).col(0));
  CHECK(X.col(0) != X.col(1));
  CHECK(X != noisy(clean, "gaussian-noise", {{"level", 2.0}}, {1, 1}));
}
