// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "robust/networks.hpp"
#include "robust/square.hpp"

using namespace espalier;
using namespace espalier::robust;
using namespace espalier::robust::testing;

TEST_CASE("The squares shrink by the published schedule") {
  const Square how{.eps = 0.1, .queries = 5000, .p = 0.8};
  const std::vector<std::pair<int, double>> halvings{
      {0, 1},     {10, 1},    {11, 2},    {50, 2},    {51, 4},     {200, 4},    {201, 8},    {500, 8},    {501, 16},  {1000, 16},
      {1001, 32}, {2000, 32}, {2001, 64}, {4000, 64}, {4001, 128}, {6000, 128}, {6001, 256}, {8000, 256}, {8001, 512}};
  for (const auto& [query, divisor] : halvings) CHECK(square_share(how, query) == 0.8 / divisor);

  const Square stretched{.eps = 0.1, .queries = 100, .p = 0.8, .rescale = true};
  CHECK(square_share(stretched, 0) == 0.8);
  CHECK(square_share(stretched, 1) == 0.8 / 4);  // 100 of 10 000
  CHECK(square_share(stretched, 99) == 0.8 / 512);
}

TEST_CASE("A square has the side of its share of the pixels, at least 1 and at most the image") {
  CHECK(square_side({.p = 0.8}, 0, {28, 28}) == 25);  // sqrt(627.2) = 25.04
  CHECK(square_side({.p = 0.8}, 8001, {28, 28}) == 1);
  CHECK(square_side({.p = 1.0}, 0, {5, 20}) == 5);
}

namespace {

struct Search {
  net::Network network = sparse_network({36, 50, 40, 4}, 0.2, 1);
  Images images = images_of(network, {6, 6}, 30, 2);
  net::Classifier classifier{network};
  net::Batch clean = images.batch(0, 30);

  Attacked run(int queries, double eps = 0.1) {
    return square_search(classifier, clean, images.labels, images.shape, {.eps = eps, .queries = queries}, {}, {1, 0});
  }
  std::vector<float> margin(const net::Matrix& X) { return margins(classifier.logits(X, clean.images), images.labels); }
};

}  // namespace

TEST_CASE("More queries never lower the margin found, and the changes stay in the box") {
  Search s;
  std::vector<float> before(30, -INFINITY);
  for (const int queries : {0, 1, 2, 5, 10, 40, 160}) {
    const net::Matrix X = s.run(queries).X;

    const std::vector<float> now = s.margin(X);
    for (std::size_t b = 0; b < 30; ++b) CHECK((now[b] >= before[b]));
    CHECK((X.array() >= 0 && X.array() <= 1).all());
    CHECK(((X.cast<double>() - s.clean.X.cast<double>()).array().abs() <= 0.1).all());
    before = now;
  }
  CHECK(std::ranges::any_of(before, [](float margin) { return margin > 0; }));
}

TEST_CASE("The first candidate is stripes of +-eps, one sign per column of the image") {
  Search s;
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
  Search s;
  const net::Matrix few = s.run(40, 0.2).X, many = s.run(80, 0.2).X;
  const std::vector<float> margin = s.margin(few);
  for (std::size_t b = 0; b < 30; ++b)
    if (margin[b] > 0) CHECK(few.col(static_cast<Eigen::Index>(b)) == many.col(static_cast<Eigen::Index>(b)));
  CHECK(std::ranges::any_of(margin, [](float m) { return m > 0; }));
}
