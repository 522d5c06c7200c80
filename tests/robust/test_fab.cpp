// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cmath>

#include "robust/box_projection.hpp"
#include "robust/fab.hpp"
#include "robust/fixtures.hpp"
#include "robust/networks.hpp"

using namespace espalier;
using namespace espalier::robust;
using namespace espalier::robust::testing;

namespace {

double dot(std::span<const float> w, const std::vector<double>& d) {
  double sum = 0;
  for (std::size_t i = 0; i < w.size(); ++i) sum += static_cast<double>(w[i]) * d[i];
  return sum;
}

double length(Norm norm, const std::vector<double>& d) {
  const Eigen::Map<const Eigen::VectorXd> v(d.data(), static_cast<Eigen::Index>(d.size()));
  return norm == Norm::linf ? v.lpNorm<Eigen::Infinity>() : v.norm();
}

std::span<const float> row(const net::Matrix& A, Eigen::Index i) { return {A.row(i).data(), static_cast<std::size_t>(A.cols())}; }

bool stays_in_the_box(std::span<const float> x, const std::vector<double>& d) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double moved = static_cast<double>(x[i]) + d[i];
    if (moved < -1e-12 || moved > 1 + 1e-12) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("The shortest change to a hyperplane within the box is that of linear and quadratic programming") {
  const Fixtures all = read_fixtures("projection_fixtures.txt");
  const net::Matrix &X = all.at("x"), &W = all.at("w");
  for (const Norm norm : {Norm::linf, Norm::l2})
    for (Eigen::Index i = 0; i < X.rows(); ++i) {
      const double gain = static_cast<double>(all.at("gain")(0, i));
      const std::vector<double> d = shortest_change(norm, row(X, i), row(W, i), gain);

      CHECK(dot(row(W, i), d) == doctest::Approx(gain).epsilon(1e-9));
      CHECK(stays_in_the_box(row(X, i), d));
      const float best = all.at(norm == Norm::linf ? "linf" : "l2")(0, i);
      CHECK(length(norm, d) == doctest::Approx(static_cast<double>(best)).epsilon(1e-5));
    }
}

TEST_CASE("A hyperplane that the box does not reach gives the change of largest gain, and no slope gives none") {
  const std::vector<float> x{0.25f, 0.75f, 0.5f}, w{1, -2, 0}, flat{0, 0, 0};
  for (const Norm norm : {Norm::linf, Norm::l2}) {
    CHECK(shortest_change(norm, x, w, 100) == std::vector<double>{0.75, -0.75, 0});
    CHECK(length(norm, shortest_change(norm, x, flat, 1)) == 0);
    CHECK(length(norm, shortest_change(norm, x, w, 0)) == 0);
  }
}

TEST_CASE("FAB changes the class of every image by hardly more than needed, and leaves what was misclassified") {
  const net::Network network = sparse_network({36, 50, 40, 5}, 0.3, 1);
  Images images = images_of(network, {6, 6}, 60, 2);
  images.labels[7] = static_cast<std::uint8_t>((images.labels[7] + 1) % 5);  // wrong when clean
  net::Classifier classifier(network);
  const net::Batch clean = images.batch(0, 60);
  for (const Norm norm : {Norm::linf, Norm::l2}) {
    const net::Matrix X = fab_run(classifier, clean, images.labels, {.norm = norm}, {}).X;

    const auto says = net::predict(classifier.logits(X, clean.images));
    for (std::size_t b = 0; b < 60; ++b) CHECK(says[b] != images.labels[b]);
    CHECK(X.col(7) == clean.X.col(7));
    CHECK((X.array() >= 0 && X.array() <= 1).all());
    // Nine tenths of each change turn hardly any image: the changes are nearly the shortest along their line.
    const net::Matrix shorter = clean.X + 0.9f * (X - clean.X);
    const auto before = net::predict(classifier.logits(shorter, clean.images));
    int turned = 0;
    for (std::size_t b = 0; b < 60; ++b) turned += before[b] != images.labels[b];
    CHECK(turned <= 3);  // the one that is wrong anyway, and two more
  }
}

TEST_CASE("FAB sends no change that is longer than its level, and the rest unchanged") {
  const net::Network network = sparse_network({36, 50, 40, 5}, 0.3, 1);
  const Images images = images_of(network, {6, 6}, 60, 2);
  net::Classifier classifier(network);
  const net::Batch clean = images.batch(0, 60);
  const auto send = [&](std::map<std::string, core::Value> values) {
    return changed_inputs(classifier, clean, images.labels, images.shape, settings("fab", std::move(values)), {1, 0});
  };
  const std::vector<double> all = linf_norms(send({}) - clean.X), some = linf_norms(send({{"level", 0.03}}) - clean.X);
  int sent = 0;
  for (std::size_t b = 0; b < 60; ++b) {
    CHECK(some[b] == (all[b] <= 0.03 ? all[b] : 0.0));
    sent += some[b] > 0;
  }
  CHECK(sent > 5);
  CHECK(sent < 55);
}
