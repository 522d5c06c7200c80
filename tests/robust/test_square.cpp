// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "robust/networks.hpp"
#include "robust/square.hpp"
#include "robust/square_proposals.hpp"

using namespace espalier;
using namespace espalier::robust;
using namespace espalier::robust::testing;

TEST_CASE("The squares shrink by the published schedule") {
  const Square how{{}, 5000, 0.8};
  const std::vector<std::pair<int, double>> halvings{
      {0, 1},     {10, 1},    {11, 2},    {50, 2},    {51, 4},     {200, 4},    {201, 8},    {500, 8},    {501, 16},  {1000, 16},
      {1001, 32}, {2000, 32}, {2001, 64}, {4000, 64}, {4001, 128}, {6000, 128}, {6001, 256}, {8000, 256}, {8001, 512}};
  for (const auto& [query, divisor] : halvings) CHECK(square_share(how, query) == 0.8 / divisor);

  const Square stretched{{}, 100, 0.8, true};
  CHECK(square_share(stretched, 0) == 0.8);
  CHECK(square_share(stretched, 1) == 0.8 / 4);  // 100 of 10 000
  CHECK(square_share(stretched, 99) == 0.8 / 512);
}

TEST_CASE("A square has the side of its share of the pixels, at least 1 and at most the image") {
  CHECK(square_side({{}, 5000, 0.8}, 0, {28, 28}) == 25);  // sqrt(627.2) = 25.04
  CHECK(square_side({{}, 5000, 0.8}, 8001, {28, 28}) == 1);
  CHECK(square_side({{}, 5000, 1.0}, 0, {5, 20}) == 5);

  const Ball l2{Norm::l2, 1};
  CHECK(square_side({l2, 5000, 0.8}, 0, {28, 28}) == 25);
  CHECK(square_side({l2, 5000, 0.8}, 11, {28, 28}) == 19);  // sqrt(313.6) = 17.7, made odd
  CHECK(square_side({l2, 5000, 0.8}, 8001, {28, 28}) == 3);
  CHECK(square_side({l2, 5000, 1.0}, 0, {4, 4}) == 4);
}

namespace {

struct SquareRun {
  net::Network network = sparse_network({36, 50, 40, 4}, 0.2, 1);
  Images images = images_of(network, {6, 6}, 30, 2);
  net::Classifier classifier{network};
  net::Batch clean = images.batch(0, 30);

  Attacked run(int queries, Ball ball = {Norm::linf, 0.1}) {
    return square_search(classifier, clean, images.labels, images.shape, {ball, queries}, {}, {1, 0});
  }
  std::vector<float> margin(const net::Matrix& X) { return margins(classifier.logits(X, clean.images), images.labels); }
};

}  // namespace

TEST_CASE("More queries never lower the margin found, and the changes stay in the box and the ball") {
  SquareRun s;
  for (const Ball ball : {Ball{Norm::linf, 0.1}, Ball{Norm::l2, 0.6}}) {
    std::vector<float> before(30, -INFINITY);
    for (const int queries : {0, 1, 2, 5, 10, 40, 160}) {
      const net::Matrix X = s.run(queries, ball).X;

      const std::vector<float> now = s.margin(X);
      for (std::size_t b = 0; b < 30; ++b) CHECK((now[b] >= before[b]));
      CHECK((X.array() >= 0 && X.array() <= 1).all());
      for (const double length : norms(ball.norm, X - s.clean.X)) CHECK(length <= ball.eps * (1 + 1e-6));
      before = now;
    }
    CHECK(std::ranges::any_of(before, [](float margin) { return margin > 0; }));
  }
}

TEST_CASE("The first candidate is stripes of +-eps, one sign per column of the image") {
  SquareRun s;
  s.clean.X.setConstant(0.5f);

  const net::Matrix D = s.run(0).X - s.clean.X;

  bool both = false;
  for (Eigen::Index b = 0; b < D.cols(); ++b)
    for (Eigen::Index column = 0; column < 6; ++column)
      for (Eigen::Index row = 0; row < 6; ++row) {
        CHECK(std::abs(std::abs(D(row * 6 + column, b)) - 0.1f) < 1e-7f);
        CHECK(D(row * 6 + column, b) == D(column, b));
        both = both || D(column, b) != D(0, 0);
      }
  CHECK(both);
}

TEST_CASE("A misclassified image asks no further queries: its candidate stays") {
  SquareRun s;
  const net::Matrix few = s.run(40, {Norm::linf, 0.2}).X, many = s.run(80, {Norm::linf, 0.2}).X;
  const std::vector<float> margin = s.margin(few);
  for (std::size_t b = 0; b < 30; ++b)
    if (margin[b] > 0) CHECK(few.col(static_cast<Eigen::Index>(b)) == many.col(static_cast<Eigen::Index>(b)));
  CHECK(std::ranges::any_of(margin, [](float m) { return m > 0; }));
}

TEST_CASE("The l2 window pattern is that of the published definition") {
  // Upper half 1 x 3 with centre (0, 1) and two layers: 1/4, 5/4, 1/4. Lower half 2 x 3 with centre (1, 1): 1/4, 1/4, 1/4 above
  // 1/4, 5/4, 1/4. Each half and then the whole are scaled to length 1.
  const double upper = std::sqrt(2 * 0.0625 + 1.5625), lower = std::sqrt(5 * 0.0625 + 1.5625), whole = std::sqrt(2.0);
  const std::vector<double> expected{0.25 / upper,  1.25 / upper,  0.25 / upper,  -0.25 / lower, -0.25 / lower,
                                     -0.25 / lower, -0.25 / lower, -1.25 / lower, -0.25 / lower};

  const std::vector<double> pattern = window_pattern(3, false), beside = window_pattern(3, true);

  REQUIRE(pattern.size() == 9);
  for (std::size_t i = 0; i < 9; ++i) {
    CHECK(pattern[i] == doctest::Approx(expected[i] / whole));
    CHECK(beside[i % 3 * 3 + i / 3] == pattern[i]);
  }
}

TEST_CASE("An l2 step moves the change from one window to another and uses the whole length") {
  constexpr ImageShape shape{12, 12};
  const net::Matrix clean = net::Matrix::Constant(144, 1, 0.5f);
  net::Matrix X = clean;
  core::Random random = core::Stream(3, "test").random(0);
  const Canvas canvas{X, clean, 0, shape};
  const Windows windows(3);
  add_tiles(canvas, 1, random);
  CHECK(l2_norms(X - clean)[0] == doctest::Approx(1).epsilon(1e-5));
  CHECK((X.array() != 0.5f).all());  // six tiles of two pixels each way

  for (int step = 0; step < 20; ++step) {
    const net::Matrix before = X;
    move_window(canvas, windows, 1, random);

    const Eigen::Index moved = ((X - before).array().abs() > 1e-6f).count();
    CHECK(moved > 0);
    CHECK(moved <= 2 * 9);
    CHECK(l2_norms(X - clean)[0] == doctest::Approx(1).epsilon(1e-5));
  }
}

TEST_CASE("On colour images every channel has signs of its own, and the same squares and windows") {
  constexpr ImageShape shape{12, 12, 3};
  const net::Matrix clean = net::Matrix::Constant(3 * 144, 1, 0.5f);
  core::Random random = core::Stream(3, "test").random(0);
  const auto touched = [](const net::Matrix& D, Eigen::Index channel) -> net::Matrix {
    return (D.middleRows(144 * channel, 144).array().abs() > 1e-6f).cast<float>();
  };

  bool stripes_differ = false, squares_differ = false;
  for (int i = 0; i < 20; ++i) {
    net::Matrix striped = clean, squared = clean;
    add_stripes({striped, clean, 0, shape}, 0.1f, random);
    add_square({squared, clean, 0, shape}, 5, 0.1f, random);
    const net::Matrix S = striped - clean, Q = squared - clean;
    for (Eigen::Index c = 0; c < 3; ++c) {
      CHECK(S.middleRows(144 * c, 12) == S.middleRows(144 * c + 132, 12));
      CHECK(touched(Q, c).sum() == 25);
      CHECK(touched(Q, c) == touched(Q, 0));
      CHECK(Q.middleRows(144 * c, 144).cwiseAbs().maxCoeff() == doctest::Approx(0.2));
      stripes_differ = stripes_differ || S.middleRows(144 * c, 12) != S.topRows(12);
      squares_differ = squares_differ || Q.middleRows(144 * c, 144) != Q.topRows(144);
    }
  }
  CHECK(stripes_differ);
  CHECK(squares_differ);
}

TEST_CASE("An l2 step keeps the length of a colour image's change and gives each channel what its windows had") {
  constexpr ImageShape shape{12, 12, 3};
  const net::Matrix clean = net::Matrix::Constant(3 * 144, 1, 0.5f);
  net::Matrix X = clean;
  core::Random random = core::Stream(4, "test").random(0);
  const Canvas canvas{X, clean, 0, shape};
  const Windows windows(5);
  add_tiles(canvas, 1, random);
  CHECK(l2_norms(X - clean)[0] == doctest::Approx(1).epsilon(1e-5));
  CHECK((X.array() != 0.5f).all());

  for (int step = 0; step < 20; ++step) {
    const net::Matrix before = X - clean;
    move_window(canvas, windows, 1, random);
    const net::Matrix after = X - clean;

    CHECK(after.norm() == doctest::Approx(1).epsilon(1e-5));
    for (Eigen::Index c = 0; c < 3; ++c) {
      const auto moved = ((after - before).middleRows(144 * c, 144).array().abs() > 1e-6f).count();
      CHECK(moved > 0);
      CHECK(moved <= 2 * 25);
      CHECK(after.middleRows(144 * c, 144).norm() == doctest::Approx(before.middleRows(144 * c, 144).norm()).epsilon(1e-4));
    }
  }
}

TEST_CASE("Length that a colour image's change lacks is shared by its channels") {
  constexpr ImageShape shape{12, 12, 3};
  const net::Matrix clean = net::Matrix::Constant(3 * 144, 1, 0.5f);
  net::Matrix X = clean;
  for (Eigen::Index d = 0; d < X.rows(); ++d) X(d, 0) += 0.01f * static_cast<float>(1 + d / 144);
  const net::Matrix before = X - clean;
  core::Random random = core::Stream(5, "test").random(0);

  move_window({X, clean, 0, shape}, Windows(3), 1, random);

  const net::Matrix after = X - clean;
  const double unused = 1 - std::pow(before.norm(), 2);
  for (Eigen::Index c = 0; c < 3; ++c) {
    const double had = before.middleRows(144 * c, 144).norm();
    CHECK(after.middleRows(144 * c, 144).norm() == doctest::Approx(std::sqrt(had * had + unused / 3)).epsilon(1e-4));
  }
}
