// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "core/elementary.hpp"

/// Sine, cosine and exponential in plain arithmetic (see core/elementary.hpp): the same bits on every machine, which libm
/// does not promise. Accurate to about 1e-15.
namespace espalier::robust {

inline constexpr double pi = 3.14159265358979323846;

/// cos(x) for |x| < 1e6
inline double cosine(double x) {
  const double quarters = std::floor(x / (pi / 2) + 0.5);
  const double r = x - quarters * (pi / 2);
  const int quadrant = static_cast<int>(quarters - 4 * std::floor(quarters / 4));
  const double value = quadrant % 2 == 0 ? core::polynomial(core::taylor_series<double, 0>, r * r)
                                         : r * core::polynomial(core::taylor_series<double, 1>, r * r);
  return quadrant == 1 || quadrant == 2 ? -value : value;
}

inline double sine(double x) { return cosine(x - pi / 2); }

/// 1, 1, 1/2!, 1/3!, ...
inline constexpr auto exponential_series = [] {
  std::array<double, 14> c{1};
  for (std::size_t n = 1; n < c.size(); ++n) c[n] = c[n - 1] / static_cast<double>(n);
  return c;
}();

/// exp(x) for |x| < 700: 2^k times the Taylor series at |r| <= ln(2) / 2
inline double exponential(double x) {
  constexpr double ln2 = 0.69314718055994530942;
  const double k = std::floor(x / ln2 + 0.5);
  const auto exponent = static_cast<std::uint64_t>(static_cast<std::int64_t>(k) + 1023);
  return std::bit_cast<double>(exponent << 52) * core::polynomial(exponential_series, x - k * ln2);
}

}  // namespace espalier::robust
