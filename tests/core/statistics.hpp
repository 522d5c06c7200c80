// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

/// Goodness-of-fit statistics for the tests of random numbers. Every bound that they are held against is the quantile
/// 1 - 1e-6 of the statistic's distribution (scipy.stats), so that a right generator passes for nearly every seed.
namespace espalier::core::statistics {

inline constexpr double chi_square_5 = 35.888;    // scipy.stats.chi2.ppf(1 - 1e-6, 5)
inline constexpr double chi_square_6 = 38.258;    // scipy.stats.chi2.ppf(1 - 1e-6, 6)
inline constexpr double chi_square_99 = 180.792;  // scipy.stats.chi2.ppf(1 - 1e-6, 99)
inline constexpr double kolmogorov = 2.6934;      // scipy.stats.kstwobign.ppf(1 - 1e-6), of sqrt(n) D
inline constexpr double normal = 4.8916;          // scipy.stats.norm.isf(5e-7): two-sided

/// Pearson's statistic of counts that should be equal.
inline double chi_square(const std::vector<std::size_t>& counts) {
  double total = 0, sum = 0;
  for (const auto count : counts) total += static_cast<double>(count);
  const double expected = total / static_cast<double>(counts.size());
  for (const auto count : counts) sum += std::pow(static_cast<double>(count) - expected, 2) / expected;
  return sum;
}

/// sqrt(n) times the largest distance between the empirical distribution of `x` and the standard normal one.
template <typename T>
double normal_distance(std::vector<T> x) {
  std::ranges::sort(x);
  const auto n = static_cast<double>(x.size());
  double distance = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double cdf = 0.5 * std::erfc(-static_cast<double>(x[i]) * std::sqrt(0.5));
    distance = std::max({distance, cdf - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - cdf});
  }
  return std::sqrt(n) * distance;
}

/// Mean of f(x) over `x`.
template <typename T, typename F>
double mean(const std::vector<T>& x, F f) {
  double sum = 0;
  for (const T value : x) sum += f(static_cast<double>(value));
  return sum / static_cast<double>(x.size());
}

}  // namespace espalier::core::statistics
