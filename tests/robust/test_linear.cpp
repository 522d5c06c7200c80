// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cmath>

#include "robust/ball.hpp"
#include "robust/deepfool.hpp"
#include "robust/networks.hpp"

using namespace espalier;
using namespace espalier::robust;
using namespace espalier::robust::testing;

namespace {

/// z = W x + b with weights small enough for the box not to matter around images of 0.5.
struct Linear {
  net::Network network;
  net::Batch clean;
  std::vector<std::uint8_t> labels;

  explicit Linear(std::uint32_t classes) : network(dense_network({16, classes}, 11)) {
    core::Random random = core::Stream(12, "test").random(0);
    clean.X.resize(16, 50);
    for (Eigen::Index i = 0; i < clean.X.size(); ++i) clean.X.data()[i] = static_cast<float>(random.uniform(0.4, 0.6));
    for (std::uint64_t i = 0; i < 50; ++i) clean.images.push_back(i);
    net::Classifier classifier(network);
    labels = net::predict(classifier.logits(clean.X, clean.images));
  }

  Eigen::MatrixXd weight() const { return std::get<net::DenseLayer>(network.layers[0]).weight.cast<double>(); }
  double bias(std::size_t c) const { return static_cast<double>(std::get<net::DenseLayer>(network.layers[0]).bias[c]); }

  /// Distance of image b to the nearest border z_k = z_y: |f| over the dual norm of w_k - w_y.
  double distance(std::size_t b, Norm norm) const {
    double nearest = INFINITY;
    const Eigen::VectorXd x = clean.X.col(static_cast<Eigen::Index>(b)).cast<double>();
    for (Eigen::Index k = 0; k < weight().rows(); ++k) {
      if (k == labels[b]) continue;
      const Eigen::VectorXd w = (weight().row(k) - weight().row(labels[b])).transpose();
      const double f = w.dot(x) + bias(static_cast<std::size_t>(k)) - bias(labels[b]);
      nearest = std::min(nearest, std::abs(f) / (norm == Norm::linf ? w.lpNorm<1>() : w.norm()));
    }
    return nearest;
  }
};

std::vector<std::uint8_t> predictions(const Linear& linear, const std::string& kind, std::map<std::string, core::Value> values) {
  net::Classifier classifier(linear.network);
  const net::Matrix X = changed_inputs(classifier, linear.clean, linear.labels, {4, 4}, settings(kind, values), {1, 0});
  return net::predict(classifier.logits(X, linear.clean.images));
}

}  // namespace

TEST_CASE("With two classes and a linear network every attack turns exactly the images whose distance is below eps") {
  const Linear linear(2);
  for (const std::string norm : {"linf", "l2"})
    for (const std::string kind : {"fgsm", "bim", "pgd", "mim", "apgd", "cascade"})
      for (const double eps : {0.02, 0.05, 0.2}) {
        if (norm == "l2" && eps < 0.05) continue;  // the images' distances start higher there
        CAPTURE(kind);
        CAPTURE(norm);
        const auto says = predictions(linear, kind, {{"level", eps}, {"norm", norm}});

        for (std::size_t b = 0; b < 50; ++b) {
          const double distance = linear.distance(b, norm == "linf" ? Norm::linf : Norm::l2);
          if (std::abs(distance - eps) < 1e-5 * eps) continue;  // float32 cannot tell
          CHECK((says[b] != linear.labels[b]) == (distance < eps));
        }
      }
}

TEST_CASE("DeepFool's change on a linear network is the distance to the nearest border and 1e-4, overshot") {
  const Linear linear(5);
  net::Classifier classifier(linear.network);
  const Attacked found = deepfool_run(classifier, linear.clean, linear.labels, {.steps = 50, .overshoot = 0.02}, {});

  const std::vector<double> length = l2_norms(found.X - linear.clean.X);
  const auto says = net::predict(classifier.logits(found.X, linear.clean.images));
  for (std::size_t b = 0; b < 50; ++b) {
    CHECK(says[b] != linear.labels[b]);
    // Pixels of about 0.5 are rounded to 3e-8 in float32, changes are about 0.1 long.
    CHECK(std::abs(length[b] / 1.02 - (linear.distance(b, Norm::l2) + 1e-4)) < 1e-6);
  }
}

TEST_CASE("DeepFool leaves no image changed and right in front of the border, however its pixels are clipped") {
  // Black and white pixels as in digits: most steps leave [0, 1] and are clipped, and only an eighth of each arrives.
  int changed = 0;
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    const net::Network network = dense_network({64, 24, 10}, seed);
    Images images = images_of(network, {8, 8}, 200, seed);
    for (std::uint8_t& pixel : images.pixels) pixel = pixel < 128 ? 0 : 255;
    net::Classifier classifier(network);
    const net::Batch clean = images.batch(0, 200);
    const auto labels = net::predict(classifier.logits(clean.X, clean.images));

    const net::Matrix X = deepfool_run(classifier, clean, labels, {}, {}).X;

    const auto says = net::predict(classifier.logits(X, clean.images));
    const net::Matrix farther = clean.X + 1.001f * (X - clean.X);
    const auto beyond = net::predict(classifier.logits(farther, clean.images));
    for (std::size_t b = 0; b < labels.size(); ++b) {
      changed += says[b] != labels[b];
      CHECK_FALSE((says[b] == labels[b] && beyond[b] != labels[b]));
    }
  }
  CHECK(changed > 700);
}

TEST_CASE("DeepFool sends no change that is longer than its level, and the rest unchanged") {
  const Linear linear(5);
  net::Classifier classifier(linear.network);
  const net::Matrix X =
      changed_inputs(classifier, linear.clean, linear.labels, {4, 4}, settings("deepfool", {{"level", 0.1}}), {1, 0});

  const std::vector<double> length = l2_norms(X - linear.clean.X);
  for (std::size_t b = 0; b < 50; ++b) {
    const double needed = 1.02 * (linear.distance(b, Norm::l2) + 1e-4);
    CHECK(length[b] == doctest::Approx(needed <= 0.1 ? needed : 0).epsilon(1e-5));
  }
}
