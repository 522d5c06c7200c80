// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace espalier::grid {

/// digits * 10^exponent, exactly.
struct Decimal {
  std::int64_t digits = 0;
  int exponent = 0;
};

/// Whether `text` is a decimal number: [+-] digits [. digits] [e [+-] digits].
bool is_number(std::string_view text);

/// The double nearest to the number `text`; nothing when it is none, or too large or too small for a double.
std::optional<double> parse_number(std::string_view text);

/// The quotient in `text` ("8/255") of two numbers; nothing when it is not one, or beyond a double.
std::optional<double> parse_fraction(std::string_view text);

/// The number `text`, exactly; nothing when it is none or needs more than 18 digits.
std::optional<Decimal> parse_decimal(std::string_view text);

/// from, from + step, ..., the last one not above `to`: exact in decimals, so that 3 steps of 0.1 are 0.3.
class Range {
 public:
  /// Needs step > 0 and from <= to. Nothing when the three together need more than 18 digits.
  static std::optional<Range> make(Decimal from, Decimal to, Decimal step);

  std::uint64_t size() const { return size_; }
  double operator[](std::uint64_t i) const;  ///< the double nearest to the i-th value
  bool ends_exactly() const;                 ///< the last value is `to`

 private:
  std::int64_t from_ = 0, to_ = 0, step_ = 1;  // in units of 10^exponent_
  int exponent_ = 0;
  std::uint64_t size_ = 0;
};

/// -1, 0 or 1 as a < b, a == b, a > b; nothing when the two together need more than 18 digits.
std::optional<int> compare(Decimal a, Decimal b);

}  // namespace espalier::grid
