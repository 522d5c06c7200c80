// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <Eigen/LU>
#include <cmath>
#include <map>
#include <string>

#include "fixtures.hpp"
#include "noise/covariance_fixture.hpp"
#include "noise/factor.hpp"

using namespace espalier;
using noise::test::gaussian;
using noise::test::some_fit;

namespace {

net::Matrix fixture(std::initializer_list<double> numbers, Eigen::Index rows, Eigen::Index columns) {
  net::Matrix out(rows, columns);
  Eigen::Index i = 0;
  for (const double x : numbers) {
    out(i / columns, i % columns) = static_cast<float>(x);
    ++i;
  }
  return out;
}

noise::DifferenceCovariance in_blocks(const net::Matrix& clean, const net::Matrix& changed, Eigen::Index block) {
  noise::DifferenceCovariance sum(clean.rows());
  for (Eigen::Index first = 0; first < clean.cols(); first += block) {
    const Eigen::Index size = std::min(block, clean.cols() - first);
    sum.add(clean.middleCols(first, size), changed.middleCols(first, size));
  }
  return sum;
}

}  // namespace

TEST_CASE("The covariance of differences is numpy.cov's, in blocks of any size") {
  const net::Matrix clean = fixture(fixture_clean, 5, 40), changed = fixture(fixture_changed, 5, 40);
  Eigen::MatrixXd expected(5, 5);
  std::copy(fixture_covariance.begin(), fixture_covariance.end(), expected.data());

  for (const Eigen::Index block : {1, 7, 40}) {
    const Eigen::MatrixXd S = in_blocks(clean, changed, block).covariance();
    CHECK((S - expected).norm() <= 1e-10 * expected.norm());  // double precision, a few hundred operations
  }
}

TEST_CASE("A mean that is far larger than the spread costs no digits") {
  const net::Matrix clean = net::Matrix::Zero(3, 200);
  net::Matrix near = gaussian(3, 200, 1).cast<float>(), far = near;
  far.array() = (near.array() * 64).round() / 64;  // exact after the shift
  near = far;
  far.array() += 1024;

  const Eigen::MatrixXd S = in_blocks(clean, near, 16).covariance(), T = in_blocks(clean, far, 16).covariance();

  CHECK((S - T).norm() <= 1e-10 * S.norm());  // sums of squares without centring would lose six digits
}

TEST_CASE("A fit needs two images") {
  noise::DifferenceCovariance sum(3);
  sum.add(net::Matrix::Zero(3, 1), net::Matrix::Ones(3, 1));

  CHECK_THROWS_AS(sum.covariance(), std::runtime_error);
}

TEST_CASE("A decomposition gives the covariance back, largest eigenvalue first") {
  const Eigen::MatrixXd S = noise::covariance(some_fit(20));

  const noise::Fit fit = noise::decompose(S);

  CHECK((noise::covariance(fit) - S).norm() <= 1e-13 * S.norm() * 20);
  CHECK((fit.vectors.transpose() * fit.vectors - Eigen::MatrixXd::Identity(20, 20)).norm() <= 1e-12);
  for (Eigen::Index k = 1; k < 20; ++k) CHECK(fit.spectrum[k] <= fit.spectrum[k - 1]);
}

TEST_CASE("A stored fit holds the ridge, its trace, and the covariance that was fitted") {
  const net::Matrix clean = net::Matrix::Zero(6, 50), changed = gaussian(6, 50, 2).cast<float>();
  noise::DifferenceCovariance sum(6);
  sum.add(clean, changed);

  const core::FitResult stored = noise::finish(sum);

  const Eigen::MatrixXd expected = sum.covariance() + 1e-4 * Eigen::MatrixXd::Identity(6, 6);
  CHECK((noise::covariance(noise::from_stored(stored)) - expected).norm() <= 1e-12 * expected.norm());
  CHECK(stored.trace == doctest::Approx(expected.trace()).epsilon(1e-12));  // a sum of six
  CHECK(stored.images == 50);
}

TEST_CASE("Full and diagonal noise take the ridge before their trace is scaled, as numpy does in that order") {
  const net::Matrix clean = fixture(fixture_clean, 5, 40), changed = fixture(fixture_changed, 5, 40);
  const noise::Fit fit = noise::from_stored(noise::finish(in_blocks(clean, changed, 7)));
  const noise::Seeds seeds{1, 0};
  for (const auto& [structure, numbers] : {std::pair(noise::full(), fixture_full), {noise::diagonal(), fixture_diagonal}}) {
    CAPTURE(structure.kind.name);
    Eigen::MatrixXd expected(5, 5);
    std::copy(numbers.begin(), numbers.end(), expected.data());
    const core::Settings settings = noise::test::noise(structure.kind.name, 2);

    const Eigen::MatrixXd S = noise::covariance(structure.factor(settings, {2, 5, &fit, seeds}));

    CHECK((S - expected).norm() <= 1e-10 * expected.norm());  // double precision, and an eigendecomposition
  }
}

TEST_CASE("The effective rank counts equal eigenvalues and no others") {
  Eigen::VectorXd spectrum = Eigen::VectorXd::Zero(9);
  spectrum.head(4).setConstant(0.3);

  CHECK(noise::effective_rank(spectrum) == doctest::Approx(4).epsilon(1e-12));  // exp of a logarithm
  spectrum[0] = 3;
  CHECK(noise::effective_rank(spectrum) < 4);
}

TEST_CASE("A fit of many units is stored as its covariance, and gives the same noise as a decomposed one") {
  constexpr Eigen::Index n = 40;
  const noise::Fit small = some_fit(n);
  const noise::Fit wide{{}, {}, noise::covariance(small)};
  using noise::test::noise;
  for (const auto& [name, settings] : std::map<std::string, core::Settings>{{"full", noise("full", 0.7)},
                                                                            {"diagonal", noise("diagonal", 0.7)},
                                                                            {"blend", noise("blend", 0.7, {{"alpha", 0.3}})},
                                                                            {"low-rank", noise("low-rank", 0.7, {{"rank", 5.0}})},
                                                                            {"local", noise("local", 0.7, {{"group", 7.0}})},
                                                                            {"flat", noise("flat", 0.7, {{"rank", 5.0}})}}) {
    CAPTURE(name);
    const noise::Seeds seeds{1, 0};
    CHECK(noise::structure_error(settings, n, &wide, seeds) ==
          doctest::Approx(noise::structure_error(settings, n, &small, seeds)).epsilon(1e-9).scale(1));
    const auto sampled = [&](const noise::Fit& fit) {
      net::Matrix X = net::Matrix::Zero(n, 3);
      const std::vector<std::uint64_t> images{0, 1, 2};
      noise::make_noise(settings, n, &fit, seeds).add(X, images, 5);
      return X;
    };
    // The factors of a positive definite matrix are the same; eigenvectors of the others have either sign.
    if (name == "full" || name == "diagonal" || name == "blend" || name == "local")
      CHECK((sampled(wide) - sampled(small)).norm() < 1e-4F * sampled(small).norm());
  }
}

TEST_CASE("The covariance of a layer beyond the limit goes through the stored form unchanged, and keeps its trace") {
  constexpr Eigen::Index n = core::most_decomposed_units + 1;
  noise::DifferenceCovariance sum(n);
  const net::Matrix changed = gaussian(n, 4, 2).cast<float>();
  sum.add(net::Matrix::Zero(n, 4), changed);

  const core::FitResult stored = noise::finish(sum);
  const noise::Fit fit = noise::from_stored(stored);

  CHECK(stored.spectrum.size() == core::spectrum_numbers(n));
  CHECK(stored.vectors.size() == core::vector_numbers(n));
  CHECK(std::isnan(stored.effective_rank));
  const Eigen::MatrixXd expected = sum.covariance() + 1e-4 * Eigen::MatrixXd::Identity(n, n);
  CHECK(noise::covariance(fit) == expected);
  CHECK(noise::trace(fit) == doctest::Approx(expected.trace()).epsilon(1e-12));
}
