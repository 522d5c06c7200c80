// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cmath>

#include "fixtures.hpp"
#include "length_fixture.hpp"

using namespace espalier;

namespace {

constexpr int units = 5, shifts = 4;

Eigen::MatrixXd square(std::initializer_list<double> numbers) {
  return Eigen::Map<const Eigen::Matrix<double, units, units, Eigen::RowMajor>>(numbers.begin());
}

net::Matrix columns(std::initializer_list<double> numbers) {
  return Eigen::Map<const Eigen::Matrix<double, units, shifts, Eigen::RowMajor>>(numbers.begin()).cast<float>();
}

/// Lengths under a noise whose covariance `full` is S itself.
std::vector<double> lengths(const std::string& kind, const Eigen::MatrixXd& S, const net::Matrix& D,
                            std::map<std::string, core::Value> more = {}) {
  const noise::Fit fit = noise::decompose(S);
  const core::Settings settings = noise::test::noise(kind, fit.spectrum.sum() / units, std::move(more));
  return noise::make_length(settings, units, &fit, {1, 0})(D);
}

}  // namespace

TEST_CASE("lengths of shifts are those that numpy gives") {
  const Eigen::MatrixXd S = square(length_covariance);
  const net::Matrix D = columns(length_shifts);

  const std::vector<double> full = lengths("full", S, D), diagonal = lengths("diagonal", S, D);

  for (std::size_t b = 0; b < shifts; ++b) {
    CHECK(full[b] == doctest::Approx(length_of_shifts.begin()[b]).epsilon(1e-10));
    CHECK(diagonal[b] == doctest::Approx(length_of_shifts_diagonal.begin()[b]).epsilon(1e-10));
  }
}

TEST_CASE("a shift in the span of a noise of few directions has the length of its pseudo-inverse, any other one is infinite") {
  const Eigen::MatrixXd S = square(length_singular);
  const net::Matrix inside = columns(length_inside), outside = columns(length_shifts);

  const std::vector<double> in = lengths("full", S, inside), out = lengths("full", S, outside);

  for (std::size_t b = 0; b < shifts; ++b) {
    CHECK(in[b] == doctest::Approx(length_of_inside.begin()[b]).epsilon(1e-6));  // shifts are floats
    CHECK(std::isinf(out[b]));
  }
  for (const double length : lengths("flat", square(length_covariance), outside, {{"rank", 2.0}})) CHECK(std::isinf(length));
}

TEST_CASE("isotropic noise measures Euclidean lengths, and twice the noise halves every length") {
  const net::Matrix D = columns(length_shifts);
  const Eigen::MatrixXd S = square(length_covariance);

  const std::vector<double> once = noise::make_length(noise::test::noise("isotropic", 0.25), units, nullptr, {1, 0})(D);
  const std::vector<double> weak = lengths("full", S, D), strong = lengths("full", 4 * S, D);

  for (std::size_t b = 0; b < shifts; ++b) {
    const double norm = D.cast<double>().col(static_cast<Eigen::Index>(b)).norm();
    CHECK(once[b] == doctest::Approx(2 * norm).epsilon(1e-12));
    CHECK(strong[b] == doctest::Approx(weak[b] / 2).epsilon(1e-10));
  }
}

TEST_CASE("without noise every shift but none at all is infinitely long") {
  const noise::Fit fit = noise::decompose(square(length_covariance));
  net::Matrix D = columns(length_shifts);
  D.col(1).setZero();
  for (const core::Settings& settings :
       {noise::test::noise("isotropic", 0), noise::test::noise("full", 0), noise::test::noise("low-rank", 0)}) {
    CAPTURE(settings.kind);

    const std::vector<double> found = noise::make_length(settings, units, &fit, {1, 0})(D);

    CHECK(std::isinf(found[0]));
    CHECK(found[1] == 0);
  }
  CHECK_FALSE(noise::make_length({"none", {}}, units, nullptr, {1, 0}));
}

TEST_CASE("the squared lengths of a noise's own draws have the mean of chi-square") {
  constexpr int n = 40, images = 4000;
  const noise::Fit fit = noise::test::some_fit(n);
  for (const core::Settings& settings : noise::test::fitted(0.5)) {
    CAPTURE(settings.kind);
    const double rank = settings.kind == "flat" ? std::round(noise::effective_rank(fit.spectrum)) : n;
    const net::Matrix draws = noise::test::sample(noise::make_noise(settings, n, &fit, {1, 0}), n, images);

    const std::vector<double> found = noise::make_length(settings, n, &fit, {1, 0})(draws);

    double sum = 0;
    for (const double length : found) sum += length * length;
    CHECK(std::abs(sum / images - rank) < 5 * std::sqrt(2 * rank / images));
  }
}

TEST_CASE("what a structure leaves out of the fitted covariance is nothing for full, and for low-rank what its top leaves") {
  constexpr int n = 40;
  const noise::Fit fit = noise::test::some_fit(n);
  const Eigen::MatrixXd S = noise::covariance(fit);
  const Eigen::MatrixXd top = fit.vectors.leftCols(3) * fit.spectrum.head(3).asDiagonal() * fit.vectors.leftCols(3).transpose();
  Eigen::MatrixXd rest = S - top;
  rest.diagonal().setZero();  // which low-rank keeps

  CHECK(noise::structure_error(noise::test::noise("full", 0.5), n, &fit, {1, 0}) < 1e-12);
  CHECK(noise::structure_error(noise::test::noise("low-rank", 0.5, {{"rank", 3.0}}), n, &fit, {1, 0}) ==
        doctest::Approx(rest.norm() / S.norm()).epsilon(1e-10));
  CHECK(std::isnan(noise::structure_error(noise::test::noise("isotropic", 0.5), n, nullptr, {1, 0})));
}
