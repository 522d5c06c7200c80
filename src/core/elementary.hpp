// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

/// Logarithm, sine and cosine in plain arithmetic, and normal numbers from them. libm picks its code by the processor, so its
/// last bits differ between machines; +, -, *, / and sqrt are exact by IEEE 754 and the compiler may not fuse them
/// (-ffp-contract=off), so these are the same bits everywhere. Written without branches, so that loops over them vectorise.
namespace espalier::core {

/// c[0] + c[1] x + c[2] x^2 + ...
template <typename T, std::size_t n>
constexpr T polynomial(const std::array<T, n>& c, T x) {
  T sum = c[n - 1];
  for (std::size_t i = n - 1; i-- > 0;) sum = sum * x + c[i];
  return sum;
}

/// Terms after which the series below are exact to the last bits of T on their ranges.
template <typename T>
inline constexpr std::size_t log_terms = std::is_same_v<T, float> ? 5 : 11;
template <typename T>
inline constexpr std::size_t circle_terms = std::is_same_v<T, float> ? 5 : 9;

/// 1, 1/3, 1/5, ...: atanh(s) = s (1 + s^2/3 + s^4/5 + ...)
template <typename T>
inline constexpr auto atanh_series = [] {
  std::array<T, log_terms<T>> c{};
  for (std::size_t k = 0; k < c.size(); ++k) c[k] = static_cast<T>(1.0 / static_cast<double>(2 * k + 1));
  return c;
}();

/// 1/first!, -1/(first+2)!, ...: Taylor series of cos (first = 0) and sin(x)/x (first = 1) in x^2
template <typename T, int first>
inline constexpr auto taylor_series = [] {
  std::array<T, circle_terms<T>> c{};
  double factorial = 1;
  for (int k = 0; k < static_cast<int>(c.size()); ++k) {
    if (k > 0) factorial *= -double(2 * k + first - 1) * double(2 * k + first);
    c[static_cast<std::size_t>(k)] = static_cast<T>(1.0 / factorial);
  }
  return c;
}();

/// ln(u) for normal u > 0: u = 2^e m with m in [sqrt(1/2), sqrt(2)), ln(m) = 2 atanh((m - 1) / (m + 1)).
template <typename T>
inline T natural_log(T u) {
  using Bits = std::conditional_t<std::is_same_v<T, float>, std::int32_t, std::int64_t>;
  constexpr int mantissa = std::numeric_limits<T>::digits - 1;
  constexpr Bits root_half = std::bit_cast<Bits>(static_cast<T>(0.70710678118654752440));
  const Bits bits = std::bit_cast<Bits>(u);
  const Bits e = (bits - root_half) >> mantissa;
  const T m = std::bit_cast<T>(bits - (e << mantissa));
  const T s = (m - 1) / (m + 1);
  return static_cast<T>(e) * static_cast<T>(0.69314718055994530942) + 2 * s * polynomial(atanh_series<T>, s * s);
}

inline double square_root(double a) { return std::sqrt(a); }

/// sqrt(a) for a = +0 or normal a > 0, to 2 units in the last place: a / sqrt(a) by three Newton steps from a first guess by
/// the exponent [Lomont 2003]. std::sqrt sets errno, which keeps loops over it from being vectorised.
inline float square_root(float a) {
  float y = std::bit_cast<float>(0x5f375a86 - (std::bit_cast<std::int32_t>(a) >> 1));
  for (int step = 0; step < 3; ++step) y = y * (1.5F - 0.5F * a * y * y);
  return a * y;
}

/// `x` with its sign turned where the top bit of `bits` is set.
inline float turned(float x, std::uint32_t bits) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) ^ (bits & 0x80000000U));
}
inline double turned(double x, std::uint32_t bits) { return (bits & 0x80000000U) != 0 ? -x : x; }

/// Two independent standard normal numbers from 32 random bits each for the radius and the angle [Box & Muller 1958].
/// The radius has 31 bits (|z| < 6.67, beyond which lie 3e-11 of the normal numbers).
template <typename T>
inline std::array<T, 2> normal_pair(std::uint32_t radius_bits, std::uint32_t angle_bits) {
  const T u = (static_cast<T>(static_cast<std::int32_t>(radius_bits >> 1)) + T(0.5)) * T(0x1p-31);
  const T r = square_root(2 * (T(0) - natural_log(u)));  // u may round to 1: then +0
  // The angle is in (-pi/4, pi/4) by the low 29 bits and a sign, around one of the four axes by the top two bits.
  const auto part = static_cast<std::int32_t>(angle_bits & 0x3fffffffU) - 0x20000000;
  const T angle = (static_cast<T>(part) + T(0.5)) * static_cast<T>(0x1p-30 * 1.57079632679489661923);
  const T c = turned(r * polynomial(taylor_series<T, 0>, angle * angle), angle_bits);
  const T s = turned(r * (angle * polynomial(taylor_series<T, 1>, angle * angle)), angle_bits);
  const bool swapped = (angle_bits & 0x40000000U) != 0;
  return {swapped ? s : c, swapped ? c : s};
}

}  // namespace espalier::core
