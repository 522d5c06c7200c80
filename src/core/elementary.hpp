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

/// Two independent standard normal numbers from 32 random bits each for the radius and the angle [Box & Muller 1958].
/// The radius has 31 bits (|z| < 6.67, beyond which lie 3e-11 of the normal numbers).
template <typename T>
inline std::array<T, 2> normal_pair(std::uint32_t radius_bits, std::uint32_t angle_bits) {
  const T u = (static_cast<T>(static_cast<std::int32_t>(radius_bits >> 1)) + T(0.5)) * T(0x1p-31);
  const T minus_log = -natural_log(u);
  const T r = std::sqrt(2 * (minus_log > 0 ? minus_log : T(0)));  // float u can round to 1, whose logarithm may be +-0
  // The top two bits choose the quadrant, the others an angle in (-pi/4, pi/4) around its middle.
  const auto turn = static_cast<std::int32_t>(angle_bits & 0x3fffffffU) - 0x20000000;
  const T angle = (static_cast<T>(turn) + T(0.5)) * static_cast<T>(0x1p-30 * 1.57079632679489661923);
  const T c = r * polynomial(taylor_series<T, 0>, angle * angle);
  const T s = r * (angle * polynomial(taylor_series<T, 1>, angle * angle));
  const T x = (angle_bits & 0x40000000U) != 0 ? s : c;
  const T y = (angle_bits & 0x40000000U) != 0 ? c : s;
  return {(angle_bits & 0x80000000U) != 0 ? -x : x, (angle_bits & 0x80000000U) != 0 ? -y : y};
}

}  // namespace espalier::core
