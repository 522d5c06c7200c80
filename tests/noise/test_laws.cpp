// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "fixtures.hpp"
#include "noise/factor.hpp"

using namespace espalier;
using noise::test::fitted;
using noise::test::sample;
using noise::test::some_fit;

namespace {

constexpr int n = 12;
constexpr double rounding = 1e-12;  // sums of n^2 doubles of order one

/// S0 scaled to trace t n.
Eigen::MatrixXd scaled(const noise::Fit& fit, double trace) {
  const Eigen::MatrixXd S = noise::covariance(fit);
  return S * (trace * static_cast<double>(S.rows()) / S.trace());
}

noise::Factor factor(noise::Structure structure, const core::Settings& settings, const noise::Fit& fit) {
  const noise::Seeds seeds{1, 0};
  return structure.factor(settings, {settings.number("trace"), fit.spectrum.size(), &fit, seeds});
}

Eigen::VectorXd spectrum(const Eigen::MatrixXd& S) { return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(S).eigenvalues(); }

}  // namespace

TEST_CASE("Every structure has the trace that was asked for") {
  const noise::Fit fit = some_fit(n);
  const auto trace = [&](noise::Structure structure, core::Settings settings) {
    return noise::covariance(factor(structure, settings, fit)).trace();
  };

  using noise::test::noise;
  CHECK(std::abs(trace(noise::isotropic(), noise("isotropic", 0.7)) - 0.7 * n) < rounding);
  CHECK(std::abs(trace(noise::diagonal(), noise("diagonal", 0.7)) - 0.7 * n) < rounding);
  CHECK(std::abs(trace(noise::full(), noise("full", 0.7)) - 0.7 * n) < rounding);
  CHECK(std::abs(trace(noise::blend(), noise("blend", 0.7, {{"alpha", 0.3}})) - 0.7 * n) < rounding);
  CHECK(std::abs(trace(noise::low_rank(), noise("low-rank", 0.7, {{"rank", 3.0}})) - 0.7 * n) < rounding);
  CHECK(std::abs(trace(noise::local(), noise("local", 0.7, {{"group", 5.0}})) - 0.7 * n) < rounding);
  CHECK(std::abs(trace(noise::rotated(), noise("rotated", 0.7)) - 0.7 * n) < rounding);
  CHECK(std::abs(trace(noise::flat(), noise("flat", 0.7, {{"rank", 4.0}})) - 0.7 * n) < rounding);
}

TEST_CASE("Full is the fitted covariance, diagonal its diagonal, blend a mixture with the isotropic one") {
  const noise::Fit fit = some_fit(n);
  const Eigen::MatrixXd S = scaled(fit, 2), I = Eigen::MatrixXd::Identity(n, n);

  using noise::test::noise;
  CHECK((covariance(factor(noise::full(), noise("full", 2), fit)) - S).norm() < rounding);
  const Eigen::MatrixXd diagonal = S.diagonal().asDiagonal();
  CHECK((covariance(factor(noise::diagonal(), noise("diagonal", 2), fit)) - diagonal).norm() < rounding);
  const Eigen::MatrixXd blend = covariance(factor(noise::blend(), noise("blend", 2, {{"alpha", 0.3}}), fit));
  CHECK((blend - 0.3 * S - 0.7 * 2 * I).norm() < rounding);
}

TEST_CASE("Low rank keeps all variances and the top eigenvectors, and is the whole covariance at full rank") {
  const noise::Fit fit = some_fit(n);
  const Eigen::MatrixXd S = scaled(fit, 2);

  using noise::test::noise;
  const Eigen::MatrixXd three = covariance(factor(noise::low_rank(), noise("low-rank", 2, {{"rank", 3.0}}), fit));
  const Eigen::MatrixXd all = covariance(factor(noise::low_rank(), noise("low-rank", 2, {{"rank", double(n)}}), fit));

  CHECK((three.diagonal() - S.diagonal()).norm() < rounding);
  const double scale = 2 * n / fit.spectrum.sum();
  const Eigen::MatrixXd top =
      scale * fit.vectors.leftCols(3) * fit.spectrum.head(3).asDiagonal() * fit.vectors.leftCols(3).transpose();
  Eigen::MatrixXd difference = three - top;
  difference.diagonal().setZero();
  CHECK(difference.norm() < rounding);
  CHECK((all - S).norm() < rounding);
}

TEST_CASE("Local keeps the covariances within groups and no others") {
  const noise::Fit fit = some_fit(n);
  const Eigen::MatrixXd S = scaled(fit, 2);

  const Eigen::MatrixXd L = covariance(factor(noise::local(), noise::test::noise("local", 2, {{"group", 5.0}}), fit));

  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j < n; ++j) CHECK(std::abs(L(i, j) - (i / 5 == j / 5 ? S(i, j) : 0.0)) < rounding);
}

TEST_CASE("Rotated has the fitted spectrum and other eigenvectors, flat the top eigenvectors and one variance") {
  const noise::Fit fit = some_fit(n);
  const Eigen::MatrixXd S = scaled(fit, 2);

  using noise::test::noise;
  const Eigen::MatrixXd R = covariance(factor(noise::rotated(), noise("rotated", 2), fit));
  const Eigen::MatrixXd F = covariance(factor(noise::flat(), noise("flat", 2, {{"rank", 4.0}}), fit));

  CHECK((spectrum(R) - spectrum(S)).norm() < rounding);
  CHECK((R - S).norm() > 0.5 * S.norm());
  CHECK((F * fit.vectors.leftCols(4) - (2 * n / 4.0) * fit.vectors.leftCols(4)).norm() < rounding);
  CHECK((F * fit.vectors.rightCols(n - 4)).norm() < rounding);
}

TEST_CASE("Factors of full rank are lower triangular with a diagonal that is not negative, also of singular covariances") {
  const noise::Fit fit = some_fit(n);

  for (const auto& [structure, settings] : {std::pair(noise::full(), noise::test::noise("full", 2)),
                                            std::pair(noise::blend(), noise::test::noise("blend", 2, {{"alpha", 0.3}})),
                                            std::pair(noise::rotated(), noise::test::noise("rotated", 2))}) {
    const noise::Factor L = factor(structure, settings, fit);
    CHECK(L.triangular);
    CHECK(L.A.triangularView<Eigen::StrictlyUpper>().toDenseMatrix().norm() == 0);
    CHECK(L.A.diagonal().minCoeff() > 0);
  }
  const Eigen::MatrixXd tall = noise::test::gaussian(n, 3, 1), wide = noise::test::gaussian(3, n, 2);
  CHECK((covariance(noise::triangular_factor(tall)) - tall * tall.transpose()).norm() < 1e-11);
  CHECK((covariance(noise::triangular_factor(wide)) - wide * wide.transpose()).norm() < 1e-11);
}

TEST_CASE("Noise that is drawn behind a linear layer has the covariance that the layer makes of it") {
  const noise::Fit fit = some_fit(n);
  const Eigen::MatrixXd W = noise::test::gaussian(4, n, 3);
  const net::Matrix weights = W.cast<float>();
  const std::vector<float> bias(4, 1.0f);  // no noise
  // A convolution whose filters cover its inputs, 3 channels of 2 x 2, is a dense layer.
  const std::vector<float> filters(weights.data(), weights.data() + weights.size());
  const std::vector<net::Layer> layers{net::DenseLayer{weights, bias}, net::ConvolutionLayer{{3, 2, 2, 4, 2}, filters, bias}};
  const double N = 20000;
  std::vector<core::Settings> all = fitted(0.5);
  all.push_back(noise::test::noise("isotropic", 0.5));
  for (const core::Settings& settings : all) {
    CAPTURE(settings.kind);
    const net::NoiseSite site = make_noise(settings, n, &fit, {1, 0});
    const net::NoiseSite behind = site.through(layers[0]), behind_filters = site.through(layers[1]);
    const Eigen::MatrixXd X = sample(site, n, 20000, 1).cast<double>(), Z = sample(behind, 4, 20000).cast<double>();
    const Eigen::MatrixXd wanted = W * X * X.transpose() * W.transpose() / N, S = Z * Z.transpose() / N;

    CHECK(behind.layer == 3);
    CHECK(behind.linear);
    CHECK(sample(behind_filters, 4, 20000) == sample(behind, 4, 20000));
    for (Eigen::Index i = 0; i < 4; ++i) {
      CHECK(std::abs(Z.row(i).mean()) < 5 * std::sqrt(S(i, i) / N));
      for (Eigen::Index j = 0; j < 4; ++j) {
        // both are estimates: 5 standard deviations of their difference
        const double bound = 5 * std::sqrt(2 * (wanted(i, j) * wanted(i, j) + wanted(i, i) * wanted(j, j)) / N);
        CHECK(std::abs(S(i, j) - wanted(i, j)) < bound);
      }
    }
  }
}

TEST_CASE("The Mahalanobis length of full noise is chi-square distributed") {
  const noise::Fit fit = some_fit(n);
  const std::size_t images = 4000;
  const Eigen::MatrixXd X = sample(make_noise(noise::test::noise("full", 2), n, &fit, {1, 0}), n, images).cast<double>();
  const Eigen::MatrixXd inverse = scaled(fit, 2).inverse();

  std::vector<double> lengths;
  for (const auto& x : X.colwise()) lengths.push_back(x.dot(inverse * x));
  std::ranges::sort(lengths);

  // Kolmogorov-Smirnov against scipy.stats.chi2(12): quantiles at 1/8, ..., 7/8; bound 1.95 / sqrt(N) is p = 0.001
  const double quantiles[] = {6.7288, 8.4384, 9.8970, 11.3403, 12.9184, 14.8454, 17.7033};
  for (int k = 0; k < 7; ++k) {
    const auto below = std::ranges::lower_bound(lengths, quantiles[k]) - lengths.begin();
    CHECK(std::abs(static_cast<double>(below) / static_cast<double>(images) - (k + 1) / 8.0) < 1.95 / std::sqrt(double(images)));
  }
}

TEST_CASE("Samples of every structure have its covariance within Wishart's bounds") {
  const noise::Fit fit = some_fit(n);
  const noise::Structure structures[] = {noise::diagonal(), noise::full(),    noise::blend(), noise::low_rank(),
                                         noise::local(),    noise::rotated(), noise::flat()};
  const double N = 4000;
  const std::vector<core::Settings> all = fitted(0.5);
  for (std::size_t s = 0; s < all.size(); ++s) {
    CAPTURE(all[s].kind);
    const Eigen::MatrixXd S = covariance(factor(structures[s], all[s], fit));

    const Eigen::MatrixXd X = sample(make_noise(all[s], n, &fit, {1, 0}), n, 4000).cast<double>();
    const Eigen::MatrixXd sampled = X * X.transpose() / N;

    for (Eigen::Index i = 0; i < n; ++i) {
      CHECK(std::abs(X.row(i).mean()) < 5 * std::sqrt(S(i, i) / N) + 1e-6);
      for (Eigen::Index j = 0; j < n; ++j) {
        // var of an entry is (S_ij^2 + S_ii S_jj) / N; 5 standard deviations, 7 x 78 entries: p about 3e-4 in all
        const double bound = 5 * std::sqrt((S(i, j) * S(i, j) + S(i, i) * S(j, j)) / N);
        CHECK(std::abs(sampled(i, j) - S(i, j)) < bound + 1e-6);
      }
    }
  }
}
