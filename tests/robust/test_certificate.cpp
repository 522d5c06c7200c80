// SPDX-License-Identifier: BSD-3-Clause
#include "robust/certificate.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "robust/certificate_fixture.hpp"
#include "robust/networks.hpp"
#include "robust/noise_sites.hpp"

using namespace espalier;
using namespace espalier::robust::testing;
using espalier::core::metric;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

/// Euclidean lengths in units of `sd`: those of isotropic noise.
robust::Certificate isotropic(double sd, std::uint64_t draws) {
  const auto length = [sd](const net::Matrix& D) {
    std::vector<double> out;
    for (Eigen::Index b = 0; b < D.cols(); ++b) out.push_back(D.col(b).cast<double>().norm() / sd);
    return out;
  };
  return {length, draws, 0.999};
}

}  // namespace

TEST_CASE("bounds from votes and the lengths that follow are those that scipy gives") {
  for (const KnownBound& known : known_bounds) {
    CAPTURE(known.successes);
    CAPTURE(known.trials);
    const double bound = robust::lower_bound(known.successes, known.trials, known.confidence);

    CHECK(bound == doctest::Approx(known.bound).epsilon(1e-10));
    CHECK(robust::certified_radius(bound) == doctest::Approx(known.radius).epsilon(1e-9));
  }
  CHECK(robust::certified_radius(0.5) == 0);
  CHECK(robust::certified_radius(1) == infinite);
}

TEST_CASE("an image is certified where its shift is no longer than its votes allow, and never by half of the votes") {
  core::CellResult cell;
  const double radius = robust::certified_radius(robust::lower_bound(90, 100, 0.999));

  robust::fill_certificate(cell, {0.9 * radius, 1.1 * radius, 0, 0, infinite}, {90, 90, 100, 50, 100}, {{}, 100, 0.999});

  CHECK(cell.values[metric("certified_accuracy")] == 2.0 / 5);
  CHECK(cell.values[metric("radius_median")] == radius);
  CHECK(cell.values[metric("mahalanobis_mean")] == doctest::Approx(2 * radius / 4));
  CHECK(cell.values[metric("mahalanobis_q10")] == 0);
  CHECK(cell.values[metric("mahalanobis_median")] == 0.9 * radius);
  CHECK(cell.values[metric("mahalanobis_q90")] == infinite);
  CHECK(cell.values[metric("mahalanobis_outside")] == 1.0 / 5);
}

TEST_CASE("shifts, votes and certificates of a cell are those of its own pixels, the same for every batch") {
  const net::Network network = sparse_network({36, 50, 40, 4}, 0.3, 1);
  const Images images = images_of(network, {6, 6}, 60, 2);
  const core::Settings weak = settings("gaussian-noise", {{"level", 0.01}});
  robust::EvaluationSettings evaluation{gaussian_noise(0.4f), 20, {}, isotropic(double{0.4f}, 200)};

  const core::CellResult cell = robust::evaluate(network, evaluation, images.all(), weak, {1, 0});
  const core::CellResult again = robust::evaluate(network, evaluation, images.all(), weak, {1, 0}, 7);
  evaluation.certificate = {};
  const core::CellResult without = robust::evaluate(network, evaluation, images.all(), weak, {1, 0});

  net::Classifier classifier(network);
  const net::Batch clean = images.batch(0, 60);
  const net::Matrix before = classifier.activations(clean.X, 1);
  const net::Matrix X = robust::changed_inputs(classifier, clean, images.labels, images.shape, weak, {1, 0});
  const net::Matrix after = classifier.activations(X, 1);
  double sum = 0;
  for (Eigen::Index b = 0; b < 60; ++b) sum += (after - before).col(b).cast<double>().norm() / double{0.4f};
  CHECK(cell.values[metric("mahalanobis_mean")] == doctest::Approx(sum / 60).epsilon(1e-5));  // float
  CHECK(cell.values[metric("certified_accuracy")] > 0);
  CHECK(cell.values[metric("certified_accuracy")] <= cell.values[metric("majority_accuracy")]);
  for (const char* name : {"mahalanobis_mean", "mahalanobis_q90", "radius_median", "certified_accuracy"}) {
    std::size_t m = 0;
    while (core::metrics[m].name != name) ++m;
    CHECK(again.values[m] == cell.values[m]);
    CHECK(std::isnan(without.values[m]));
  }
  CHECK(without.outcomes == cell.outcomes);
}

TEST_CASE("a cell without perturbation has shifts of length 0, and damage has none: its layers are others") {
  const net::Network network = sparse_network({36, 50, 40, 4}, 0.3, 1);
  const Images images = images_of(network, {6, 6}, 40, 2);
  const robust::EvaluationSettings evaluation{gaussian_noise(0.2f), 5, {}, isotropic(0.2, 100)};

  const core::CellResult none = robust::evaluate(network, evaluation, images.all(), settings("none", {}), {1, 0});
  const core::CellResult damaged =
      robust::evaluate(network, evaluation, images.all(), settings("remove-links", {{"level", 0.2}}), {1, 0});

  CHECK(none.values[metric("mahalanobis_q90")] == 0);
  CHECK(none.values[metric("certified_accuracy")] > 0);
  CHECK(std::isnan(damaged.values[metric("mahalanobis_mean")]));
  CHECK(std::isnan(damaged.values[metric("certified_accuracy")]));
}
