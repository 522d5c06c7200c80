// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <numeric>

#include "robust/modifications.hpp"

using namespace espalier;
using namespace espalier::robust;
using namespace espalier::robust::testing;

namespace {

// Each test of a distribution holds for p > 1e-3.
constexpr double binomial = 3.2905;    // scipy.stats.norm.isf(5e-4): two-sided, in standard deviations
constexpr double kolmogorov = 1.9494;  // scipy.stats.kstwobign.ppf(1 - 1e-3), of sqrt(n) D

const std::string study2 = "study2";

net::Batch grey(Eigen::Index images, float value) {
  net::Batch out = batch(images);
  out.X.setConstant(value);
  return out;
}

/// sqrt(n) times the largest distance between the distribution of the entries of X and that with the function `cdf`.
template <typename Cdf>
double distance(const net::Matrix& X, Cdf cdf) {
  std::vector<double> x(X.data(), X.data() + X.size());
  std::ranges::sort(x);
  const auto n = static_cast<double>(x.size());
  double largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double p = cdf(x[i]);
    largest = std::max({largest, p - double(i) / n, double(i + 1) / n - p});
  }
  return std::sqrt(n) * largest;
}

double normal_cdf(double z) { return 0.5 * std::erfc(-z * std::sqrt(0.5)); }

/// Pearson's statistic of counts against their expectations.
double chi_square(const std::vector<double>& counts, const std::vector<double>& expected) {
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) sum += (counts[i] - expected[i]) * (counts[i] - expected[i]) / expected[i];
  return sum;
}

}  // namespace

TEST_CASE("Gaussian noise is normal with the table's deviation, on study 2's colours with 0.6685 of it") {
  const net::Batch clean = grey(500, 0.5f);  // 6 deviations from black and white: nothing is clipped

  const net::Matrix mnist_c = modified(clean, "gaussian-noise", {{"severity", 1.0}});
  const net::Matrix colours = modified(clean, "gaussian-noise", {{"severity", 1.0}, {"suite", study2}});

  CHECK(distance(mnist_c, [](double x) { return normal_cdf((x - 0.5) / 0.08); }) < kolmogorov);
  // The weights of the colours sum to 0.9999. The byte next to 0.5 is 128; cutting off takes half a byte on average.
  const double mean = 0.9999 * 127.5 / 255;
  CHECK(distance(colours, [&](double x) { return normal_cdf((x - mean) / (0.6685 * 0.08)); }) < kolmogorov);
}

TEST_CASE("Study 2's gaussian noise is clipped on each colour") {
  const net::Batch black = grey(500, 0);
  const double sd = 0.38, n = 60000;

  const net::Matrix X = modified(black, "gaussian-noise", {{"severity", 5.0}, {"suite", study2}});

  // Each colour is max(sd z, 0) cut off to bytes: mean sd / sqrt(2 pi), less half a byte where it is not black. Clipped at 1,
  // beyond 2.6 sd, is less than the standard error of the mean; the bound has both.
  const double black_pixels = std::pow(normal_cdf(1 / (255 * sd)), 3), mean = sd / std::sqrt(2 * std::acos(-1.0)) - 0.25 / 255;
  CHECK(std::abs(double((X.array() == 0).count()) / n - black_pixels) <
        binomial * std::sqrt(black_pixels * (1 - black_pixels) / n));
  CHECK(X.cast<double>().mean() == doctest::Approx(0.9999 * mean).epsilon(0.01));
}

TEST_CASE("Uniform noise is uniform") {
  const net::Matrix X = modified(grey(500, 0.5f), "uniform-noise", {{"level", 0.3}});

  CHECK(distance(X, [](double x) { return (x - 0.2) / 0.6; }) < kolmogorov);
}

TEST_CASE("Impulses are half black, half white, and as many as the table says") {
  net::Batch grey = batch(500);
  grey.X.setConstant(0.5f);
  const double n = 60000, p = 0.17 / 2;
  const double bound = binomial * std::sqrt(p * (1 - p) / n);

  const net::Matrix X = modified(grey, "impulse-noise", {{"severity", 4.0}});
  const net::Matrix colours = modified(grey, "impulse-noise", {{"severity", 4.0}, {"suite", std::string("study2")}});

  CHECK(std::abs(double((X.array() == 0).count()) / n - p) < bound);
  CHECK(std::abs(double((X.array() == 1).count()) / n - p) < bound);
  const double untouched = double(((colours.array() - 0.5f).abs() < 1e-3f).count()) / n, kept = 0.83 * 0.83 * 0.83;
  CHECK(std::abs(untouched - kept) < binomial * std::sqrt(kept * (1 - kept) / n));
}

TEST_CASE("Shot noise counts photons as Poisson's law says") {
  const net::Batch clean = grey(500, 0.3f);
  const double mean = double(0.3f) * 25, n = 60000;
  std::vector<double> counts(18, 0), expected(18, 0);  // 0 .. 16, and more
  double p = std::exp(-mean), sum = 0;
  for (std::size_t k = 0; k < 17; sum += p, p *= mean / double(++k)) expected[k] = n * p;
  expected[17] = n * (1 - sum);

  const net::Matrix X = modified(clean, "shot-noise", {{"severity", 2.0}});

  for (Eigen::Index i = 0; i < X.size(); ++i)
    ++counts[static_cast<std::size_t>(std::min(std::round(X.data()[i] * 25.0f), 17.0f))];
  CHECK(chi_square(counts, expected) < 40.790);  // scipy.stats.chi2.ppf(1 - 1e-3, 17)
}

TEST_CASE("An obstruction is anywhere with equal chance") {
  const net::Batch white = grey(6300, 1);
  std::vector<double> counts(63, 0);  // 9 x 7 places of a square of 4 pixels

  const net::Matrix X = modified(white, "obstruction", {{"level", 0.4}});

  for (Eigen::Index b = 0; b < 6300; ++b) {
    Eigen::Index first = 0;
    while (X(first, b) != 0) ++first;
    ++counts[static_cast<std::size_t>(first / 10 * 7 + first % 10)];
  }
  CHECK(chi_square(counts, std::vector<double>(63, 100)) < 102.166);  // scipy.stats.chi2.ppf(1 - 1e-3, 62)
}

TEST_CASE("Study 2's angles are uniform: of a lone pixel's way as well as of its sign") {
  net::Batch dot = grey(2000, 0);
  dot.X.row(6 * 10 + 9).setOnes();  // 4.5 pixels right of the centre, half a pixel below

  const net::Matrix X = modified(dot, "rotate", {{"level", 40.0}, {"suite", study2}});

  net::Matrix angles(1, 2000);
  for (Eigen::Index b = 0; b < 2000; ++b) {
    double x = 0, y = 0, sum = 0;
    for (Eigen::Index p = 0; p < 120; ++p) {
      sum += double(X(p, b));
      x += double(X(p, b)) * (double(p % 10) - 4.5);
      y += double(X(p, b)) * (double(p / 10) - 5.5);
    }
    REQUIRE(sum > 0);
    angles(0, b) = static_cast<float>((std::atan2(y, x) - std::atan2(0.5, 4.5)) * 180 / std::acos(-1.0));
  }
  // Bilinear weights move the centre of mass by up to 2 degrees: the bound for their bias is 2 / 80 of the distribution.
  CHECK(distance(angles, [](double a) { return std::clamp((a + 40) / 80, 0.0, 1.0); }) < kolmogorov + 0.025 * std::sqrt(2000.0));
}

TEST_CASE("Translations go each of the four ways equally often") {
  net::Batch dot = grey(2000, 0);
  dot.X.row(6 * 10 + 5).setOnes();
  std::vector<double> counts(4, 0);

  const net::Matrix X = modified(dot, "translate", {{"severity", 2.0}});

  for (Eigen::Index b = 0; b < 2000; ++b) {
    Eigen::Index place = 0;
    X.col(b).maxCoeff(&place);
    REQUIRE(std::abs(place / 10 - 6) == 2);
    REQUIRE(std::abs(place % 10 - 5) == 2);
    ++counts[static_cast<std::size_t>((place / 10 > 6) * 2 + (place % 10 > 5))];
  }
  CHECK(chi_square(counts, std::vector<double>(4, 500)) < 16.266);  // scipy.stats.chi2.ppf(1 - 1e-3, 3)
}

TEST_CASE("Shears lean to either side equally often") {
  net::Batch dot = grey(2000, 0);
  dot.X.row(1 * 10 + 5).setOnes();  // well above the centre, so that its way tells the sign
  double left = 0;

  const net::Matrix X = modified(dot, "shear", {{"severity", 2.0}});

  for (Eigen::Index b = 0; b < 2000; ++b) {
    Eigen::Index place = 0;
    X.col(b).maxCoeff(&place);
    REQUIRE(place % 10 != 5);
    left += place % 10 < 5;
  }
  CHECK(std::abs(left / 2000 - 0.5) < binomial * std::sqrt(0.25 / 2000));
}
