#pragma once

#include <cmath>

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

/// exp(x) for |x| < 700: 2^k times the Taylor series at |r| <= ln(2) / 2
inline double exponential(double x) {
  constexpr double ln2 = 0.69314718055994530942;
  const double k = std::floor(x / ln2 + 0.5);
  const double r = x - k * ln2;
  double sum = 1;
  for (int n = 16; n > 0; --n) sum = 1 + sum * r / n;
  return std::ldexp(sum, static_cast<int>(k));
}

}  // namespace espalier::robust
