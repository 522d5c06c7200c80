// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <Eigen/Core>
#include <cmath>
#include <numeric>

#include "espalier/net/classifier.hpp"
#include "espalier/noise/structure.hpp"
#include "robust/certificate.hpp"

using namespace espalier;

namespace {

constexpr Eigen::Index units = 8;

/// D inputs, one hidden layer, two classes: above the noise there is one linear layer.
net::Network with_linear_tail() {
  net::Network network;
  net::Matrix W(units, 3), V(2, units);
  for (Eigen::Index k = 0; k < units; ++k) {
    for (Eigen::Index j = 0; j < 3; ++j) W(k, j) = 0.25f * static_cast<float>((3 * k + 2 * j) % 5);
    V(0, k) = 0.5f * static_cast<float>(k % 3);
    V(1, k) = 0.25f * static_cast<float>((k + 1) % 4);
  }
  network.layers.emplace_back(net::DenseLayer{W, std::vector<float>(units, 0.1f)});
  network.layers.emplace_back(net::DenseLayer{V, {0.0f, 0.8f}});
  return network;
}

/// A covariance with large covariances, decomposed.
noise::Fit some_fit() {
  Eigen::MatrixXd A(units, units);
  for (Eigen::Index i = 0; i < units; ++i)
    for (Eigen::Index j = 0; j < units; ++j) A(i, j) = std::sin(1.0 + 3.0 * static_cast<double>(i) + static_cast<double>(i * j));
  return noise::decompose(A * A.transpose());
}

double normal_probability(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

}  // namespace

TEST_CASE("behind a linear tail the share of draws that say a class is Phi(margin / sqrt(w' S w))") {
  const net::Network network = with_linear_tail();
  const noise::Fit fit = some_fit();
  const core::Settings settings{"full", {{"layer", 1.0}, {"trace", 0.4}, {"draws", 1.0}}};
  const net::NoiseSite site = noise::make_noise(settings, units, &fit, {3, 0});
  net::Classifier clean(network), noisy(network, site);
  const net::Matrix X = (net::Matrix(3, 4) << 0.1f, 0.9f, 0.5f, 0.2f, 0.3f, 0.4f, 0.8f, 0.6f, 0.7f, 0.2f, 0.1f, 0.9f).finished();
  const std::vector<std::uint64_t> images{0, 1, 2, 3};
  const std::uint64_t draws = 20000;

  const Eigen::MatrixXd Z = clean.logits(X, images).cast<double>();
  std::vector<double> first(images.size(), 0);
  noisy.each_draw(X, images, 0, draws, [&](std::uint64_t, const net::Matrix& logits) {
    for (std::size_t b = 0; b < images.size(); ++b) {
      const auto column = static_cast<Eigen::Index>(b);
      first[b] += logits(0, column) > logits(1, column);
    }
  });

  const net::Matrix& V = std::get<net::DenseLayer>(network.layers[1]).weight;
  const Eigen::VectorXd w = (V.row(0) - V.row(1)).cast<double>();
  const Eigen::MatrixXd S = noise::covariance(fit) * (0.4 * units / fit.spectrum.sum());
  const double sd = std::sqrt(w.dot(S * w));
  for (std::size_t b = 0; b < images.size(); ++b) {
    const auto column = static_cast<Eigen::Index>(b);
    const double p = normal_probability((Z(0, column) - Z(1, column)) / sd);
    const double sigma = std::sqrt(p * (1 - p) / static_cast<double>(draws));
    CHECK(p > 0.02);
    CHECK(p < 0.98);
    CHECK(std::abs(first[b] / static_cast<double>(draws) - p) < 4 * sigma);
  }
}

TEST_CASE("no certificate behind a linear tail exceeds the true length to the other class, and most come near it") {
  const net::Network network = with_linear_tail();
  const noise::Fit fit = some_fit();
  const core::Settings settings{"full", {{"layer", 1.0}, {"trace", 0.4}, {"draws", 1.0}}};
  const noise::Length length = noise::make_length(settings, units, &fit, {3, 0});
  net::Classifier clean(network), noisy(network, noise::make_noise(settings, units, &fit, {3, 0}));
  constexpr std::size_t count = 300;
  constexpr std::uint64_t draws = 2000;
  const net::Matrix X = (net::Matrix::Random(3, count).array() + 1) / 2;
  std::vector<std::uint64_t> images(count);
  std::iota(images.begin(), images.end(), 0);
  const net::Matrix Z = clean.logits(X, images);
  const net::Matrix& V = std::get<net::DenseLayer>(network.layers[1]).weight;
  const Eigen::VectorXd w = (V.row(0) - V.row(1)).cast<double>();
  const Eigen::MatrixXd S = noise::covariance(fit) * (0.4 * units / fit.spectrum.sum());
  const double sd = std::sqrt(w.dot(S * w));

  std::vector<std::uint64_t> votes(count, 0);  // for the class that the clean image has
  noisy.each_draw(X, images, 0, draws, [&](std::uint64_t, const net::Matrix& logits) {
    for (Eigen::Index b = 0; b < logits.cols(); ++b)
      votes[static_cast<std::size_t>(b)] += (logits(0, b) > logits(1, b)) == (Z(0, b) > Z(1, b));
  });

  int near = 0, sure = 0;
  for (std::size_t b = 0; b < count; ++b) {
    const auto column = static_cast<Eigen::Index>(b);
    const double margin = std::abs(static_cast<double>(Z(0, column)) - static_cast<double>(Z(1, column)));
    const double truth = margin / sd;  // of the shortest shift that turns the class
    const double certified = robust::certified_radius(robust::lower_bound(votes[b], draws, 0.99999));
    CHECK(certified <= truth);
    near += certified > 0.8 * truth;
    sure += truth > 0.5 && truth < 3;  // what so many draws can tell
  }
  CHECK(sure > 50);
  CHECK(near > sure / 2);
  const net::Matrix shortest = (S * w / sd).cast<float>();  // moves the difference of the logits by sd
  CHECK(length(shortest).at(0) == doctest::Approx(1).epsilon(1e-5));
}
