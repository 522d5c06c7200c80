// SPDX-License-Identifier: BSD-3-Clause
#include "core/elementary.hpp"

#include <doctest/doctest.h>

using namespace espalier;

namespace {

/// Largest error over a grid of arguments, in units of the last place of the exact value (by libm in long double).
template <typename T, typename Ours, typename Exact>
double worst_error(double low, double high, Ours ours, Exact exact) {
  double worst = 0;
  for (int i = 0; i <= 100'000; ++i) {
    const auto x = static_cast<T>(low + (high - low) * i / 100'000);
    const long double right = exact(static_cast<long double>(x));
    const long double unit = std::abs(right) * static_cast<long double>(std::numeric_limits<T>::epsilon()) / 2;
    const long double error = std::abs(static_cast<long double>(ours(x)) - right);
    if (error > 0) worst = std::max(worst, static_cast<double>(error / unit));
  }
  return worst;
}

template <typename T>
void check_functions() {
  // A dozen roundings of at most half a unit each, most of them on terms far smaller than the sum.
  constexpr double few_roundings = 6;
  constexpr double quarter_pi = 0.78539816;
  const auto cosine = [](T x) { return core::polynomial(core::taylor_series<T, 0>, x * x); };
  const auto sine = [](T x) { return x * core::polynomial(core::taylor_series<T, 1>, x * x); };

  CHECK(worst_error<T>(1e-9, 1.0, core::natural_log<T>, [](long double x) { return std::log(x); }) < few_roundings);
  CHECK(worst_error<T>(1.5, 1000.0, core::natural_log<T>, [](long double x) { return std::log(x); }) < few_roundings);
  CHECK(worst_error<T>(-quarter_pi, quarter_pi, cosine, [](long double x) { return std::cos(x); }) < few_roundings);
  CHECK(worst_error<T>(-quarter_pi, quarter_pi, sine, [](long double x) { return std::sin(x); }) < few_roundings);
}

}  // namespace

TEST_CASE("Logarithm, sine and cosine are exact to the last bits in float") { check_functions<float>(); }

TEST_CASE("Logarithm, sine and cosine are exact to the last bits in double") { check_functions<double>(); }

TEST_CASE("The vectorisable square root is exact to the last bits, and that of 0 is 0") {
  const auto root = [](float x) { return core::square_root(x); };

  CHECK(worst_error<float>(1e-9, 50.0, root, [](long double x) { return std::sqrt(x); }) <
        4);  // three Newton steps and a product
  CHECK(core::square_root(0.0F) == 0.0F);
}

TEST_CASE("A normal pair follows the formula of Box and Muller") {
  const std::uint32_t radius = 0x12345678;
  for (const std::uint32_t angle : {0x0U, 0x20000000U, 0x3fffffffU, 0x60000000U, 0xa1234567U, 0xffffffffU}) {
    const double r = std::sqrt(-2 * std::log(((radius >> 1) + 0.5) * 0x1p-31));

    const auto [x, y] = core::normal_pair<double>(radius, angle);

    CHECK(x * x + y * y == doctest::Approx(r * r).epsilon(1e-12));  // some roundings of 1e-16
  }
}

TEST_CASE("The largest and the smallest radius are finite, and angles of neighbouring quadrants differ") {
  const auto largest = core::normal_pair<float>(0, 0x20000000), smallest = core::normal_pair<float>(0xffffffff, 0x20000000);

  CHECK(largest[0] == doctest::Approx(std::sqrt(64 * std::log(2.0))).epsilon(1e-6));  // u = 2^-32; float rounding
  CHECK(std::abs(smallest[0]) < 1e-3F);
  CHECK(core::normal_pair<double>(0, 0x20000000)[0] > 6);
  CHECK(core::normal_pair<double>(0, 0x60000000)[1] > 6);
  CHECK(core::normal_pair<double>(0, 0xa0000000)[0] < -6);
  CHECK(core::normal_pair<double>(0, 0xe0000000)[1] < -6);
}
