// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "robust/ball.hpp"
#include "robust/networks.hpp"

using namespace espalier;
using namespace espalier::robust;

namespace {

net::Matrix uniform(Eigen::Index D, Eigen::Index B, double low, double high, std::uint64_t item) {
  core::Random random = core::Stream(4, "test").random(item);
  net::Matrix X(D, B);
  for (Eigen::Index i = 0; i < X.size(); ++i) X.data()[i] = static_cast<float>(random.uniform(low, high));
  return X;
}

std::vector<std::uint64_t> numbers(std::size_t count) {
  std::vector<std::uint64_t> out(count);
  std::iota(out.begin(), out.end(), 0);
  return out;
}

/// Kolmogorov's distance between the sample and the uniform distribution on [0, 1].
double distance_to_uniform(std::vector<double> sample) {
  std::ranges::sort(sample);
  double largest = 0;
  const auto n = static_cast<double>(sample.size());
  for (std::size_t i = 0; i < sample.size(); ++i)
    largest = std::max(
        {largest, std::abs(sample[i] - static_cast<double>(i) / n), std::abs(sample[i] - static_cast<double>(i + 1) / n)});
  return largest;
}

constexpr double kKolmogorov = 1.95;  // times 1 / sqrt(n): p = 1e-3

}  // namespace

TEST_CASE("A projected point is in the box and in the ball and projecting again changes nothing") {
  const net::Matrix clean = uniform(30, 40, 0, 1, 0);
  for (const Ball ball :
       {Ball{Norm::linf, 0.1}, Ball{Norm::linf, 1e-3}, Ball{Norm::linf, 0}, Ball{Norm::l2, 0.5}, Ball{Norm::l2, 0}}) {
    const Domain domain(ball, clean);
    net::Matrix X = uniform(30, 40, -0.5, 1.5, 1);

    domain.project(X);

    CHECK((X.array() >= 0 && X.array() <= 1).all());
    const net::Matrix D = X - clean;
    for (const double length : ball.norm == Norm::linf ? linf_norms(D) : l2_norms(D))
      CHECK(length <= ball.eps * (1 + 1e-6) + 1e-9);
    net::Matrix again = X;
    domain.project(again);
    CHECK((again - X).cwiseAbs().maxCoeff() <= (ball.norm == Norm::linf ? 0 : 1e-7));  // l2 rescales by a rounding error
  }
}

TEST_CASE("Under linf the change is at most eps exactly, not up to rounding") {
  const net::Matrix clean = uniform(50, 50, 0, 1, 2);
  for (const double eps : {0.001, 0.02, 0.1, 0.3}) {
    const Domain domain({Norm::linf, eps}, clean);
    net::Matrix up = net::Matrix::Ones(50, 50), down = net::Matrix::Zero(50, 50);

    domain.project(up);
    domain.project(down);

    CHECK(((up.cast<double>() - clean.cast<double>()).array() <= eps).all());
    CHECK(((clean.cast<double>() - down.cast<double>()).array() <= eps).all());
    CHECK(((up.cast<double>() - clean.cast<double>()).array() >= (1 - clean.cast<double>().array()).min(eps - 1.2e-7)).all());
  }
}

TEST_CASE("The linf projection is the nearest point: the conditions of Karush, Kuhn and Tucker hold at every pixel") {
  const net::Matrix clean = uniform(30, 40, 0, 1, 0), far = uniform(30, 40, -0.5, 1.5, 1);
  const Domain domain({Norm::linf, 0.2}, clean);
  net::Matrix X = far;
  domain.project(X);

  for (Eigen::Index i = 0; i < X.size(); ++i) {
    const double x = static_cast<double>(X.data()[i]), f = static_cast<double>(far.data()[i]),
                 c = static_cast<double>(clean.data()[i]);
    const double low = std::max(0.0, c - 0.2), high = std::min(1.0, c + 0.2);
    // Moved only by a bound that is reached, and only away from its outside; 1.2e-7: the bounds are floats.
    if (f > high) CHECK(std::abs(x - high) < 1.2e-7);
    if (f < low) CHECK(std::abs(x - low) < 1.2e-7);
    if (f <= high && f >= low) CHECK(std::abs(x - f) < 1.2e-7);
  }
}

TEST_CASE("The l2 projection is the nearest point of the ball: it moves along the radius and only points outside") {
  const net::Matrix clean = net::Matrix::Constant(30, 40, 0.5f), far = uniform(30, 40, 0.3, 0.7, 1);
  const Domain domain({Norm::l2, 0.6}, clean);
  net::Matrix X = far;
  domain.project(X);

  const auto before = l2_norms(far - clean), after = l2_norms(X - clean);
  for (std::size_t b = 0; b < before.size(); ++b) {
    const auto column = static_cast<Eigen::Index>(b);
    if (before[b] <= 0.6) {
      CHECK(X.col(column) == far.col(column));
      continue;
    }
    CHECK(after[b] == doctest::Approx(0.6).epsilon(1e-6));
    const net::Matrix expected = clean.col(column) + static_cast<float>(0.6 / before[b]) * (far.col(column) - clean.col(column));
    CHECK((X.col(column) - expected).cwiseAbs().maxCoeff() < 1e-7);
  }
  CHECK(std::ranges::any_of(before, [](double length) { return length <= 0.6; }));
  CHECK(std::ranges::any_of(before, [](double length) { return length > 0.6; }));
}

TEST_CASE("A step along a zero gradient stays where it is in both norms") {
  net::Matrix X = net::Matrix::Constant(4, 2, 0.5f);
  net::Matrix G = net::Matrix::Zero(4, 2);
  G(2, 1) = -3;

  for (const Norm norm : {Norm::linf, Norm::l2}) {
    net::Matrix moved = X;
    step_along(norm, G, std::vector<float>{0.25f, 0.25f}, moved);

    net::Matrix expected = X;
    expected(2, 1) = 0.25f;
    CHECK(moved == expected);
  }
}

TEST_CASE("Random starts are uniform in the ball") {
  const std::size_t n = 3000;
  const Eigen::Index D = 5;
  const net::Matrix clean = net::Matrix::Constant(D, static_cast<Eigen::Index>(n), 0.5f);

  const net::Matrix box = uniform_start(Domain({Norm::linf, 0.25}, clean), numbers(n), 0, {1, 0}) - clean;
  const net::Matrix ball = uniform_start(Domain({Norm::l2, 0.25}, clean), numbers(n), 0, {1, 0}) - clean;

  std::vector<double> pixel, volume, first;
  for (std::size_t b = 0; b < n; ++b) {
    const auto column = static_cast<Eigen::Index>(b);
    pixel.push_back(static_cast<double>(box(2, column)) / 0.5 + 0.5);
    const double radius = static_cast<double>(ball.col(column).norm()) / 0.25;
    volume.push_back(
        std::pow(radius, static_cast<double>(D)));  // the share of the volume inside a uniform point's radius is uniform
    first.push_back(static_cast<double>(ball(0, column) > 0));
  }
  CHECK(distance_to_uniform(pixel) < kKolmogorov / std::sqrt(static_cast<double>(n)));
  CHECK(distance_to_uniform(volume) < kKolmogorov / std::sqrt(static_cast<double>(n)));
  CHECK(std::abs(std::accumulate(first.begin(), first.end(), 0.0) / static_cast<double>(n) - 0.5) <
        3.3 * 0.5 / std::sqrt(static_cast<double>(n)));
}

TEST_CASE("A start depends on seed, restart and image alone, and grows with eps along one direction") {
  const net::Matrix clean = net::Matrix::Constant(6, 3, 0.5f);
  const std::vector<std::uint64_t> images{7, 8, 9}, one{8};
  for (const Norm norm : {Norm::linf, Norm::l2}) {
    const Domain domain({norm, 0.2}, clean), single({norm, 0.2}, clean.leftCols(1)), half({norm, 0.1}, clean);

    const net::Matrix X = uniform_start(domain, images, 3, {1, 0});

    CHECK(X.col(1) == uniform_start(single, one, 3, {1, 0}).col(0));
    CHECK(X != uniform_start(domain, images, 4, {1, 0}));
    CHECK(X != uniform_start(domain, images, 3, {1, 1}));
    CHECK(((X - clean) - 2 * (uniform_start(half, images, 3, {1, 0}) - clean)).cwiseAbs().maxCoeff() < 2e-7);
  }
}

TEST_CASE("APGD's start lies on the ball's surface") {
  const net::Matrix clean = net::Matrix::Constant(6, 3, 0.5f);
  const std::vector<std::uint64_t> images{7, 8, 9};

  for (const double length : linf_norms(surface_start(Domain({Norm::linf, 0.2}, clean), images, 0, {1, 0}) - clean))
    CHECK(length == doctest::Approx(0.2).epsilon(1e-6));
  for (const double length : l2_norms(surface_start(Domain({Norm::l2, 0.2}, clean), images, 0, {1, 0}) - clean))
    CHECK(length == doctest::Approx(0.2).epsilon(1e-6));
}
