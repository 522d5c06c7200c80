// SPDX-License-Identifier: BSD-3-Clause
#include "grid/decimal.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace espalier::grid {
namespace {

constexpr std::int64_t largest = 999'999'999'999'999'999;  // 18 digits: sums of two still fit 64 bits

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The parts of a number's text.
struct Parts {
  bool negative = false;
  std::string_view whole, fraction, exponent;  // the exponent with its sign
};

std::string_view take_digits(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_digit);
  const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Parts> split(std::string_view text) {
  Parts parts;
  parts.negative = text.starts_with('-');
  take(text, "+-");
  parts.whole = take_digits(text);
  if (take(text, ".")) parts.fraction = take_digits(text);
  if (parts.whole.empty() && parts.fraction.empty()) return std::nullopt;
  if (take(text, "eE")) {
    parts.exponent = text;
    take(text, "+-");
    if (take_digits(text).empty()) return std::nullopt;
  }
  return text.empty() ? std::optional(parts) : std::nullopt;
}

std::string_view without_plus(std::string_view text) { return text.starts_with('+') ? text.substr(1) : text; }

/// x * 10^places, when it fits 18 digits.
std::optional<std::int64_t> scaled(std::int64_t x, std::int64_t places) {
  if (x == 0) return 0;
  if (places > 18) return std::nullopt;
  for (; places > 0; --places) {
    if (x > largest / 10 || x < -largest / 10) return std::nullopt;
    x *= 10;
  }
  return x;
}

}  // namespace

bool is_number(std::string_view text) { return split(text).has_value(); }

std::optional<double> parse_number(std::string_view text) {
  if (!is_number(text)) return std::nullopt;
  text = without_plus(text);
  double x = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), x).ec != std::errc{}) return std::nullopt;
  return x;
}

std::optional<double> parse_fraction(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto above = parse_number(text.substr(0, slash)), below = parse_number(text.substr(slash + 1));
  if (!above || !below || !std::isfinite(*above / *below)) return std::nullopt;
  return *above / *below;
}

std::optional<Decimal> parse_decimal(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return std::nullopt;
  std::string digits = std::string(parts->whole) + std::string(parts->fraction);
  int exponent = 0;
  const std::string_view e = without_plus(parts->exponent);
  if (!e.empty() && std::from_chars(e.data(), e.data() + e.size(), exponent).ec != std::errc{}) return std::nullopt;
  if (std::abs(exponent) > 1000 || digits.size() > 1000) return std::nullopt;
  exponent -= static_cast<int>(parts->fraction.size());
  while (digits.size() > 1 && digits.back() == '0') {
    digits.pop_back();
    ++exponent;
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  if (digits.size() > 18) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : digits) value = 10 * value + (c - '0');
  return Decimal{parts->negative ? -value : value, value == 0 ? 0 : exponent};
}

std::optional<int> compare(Decimal a, Decimal b) {
  const int exponent = std::min(a.exponent, b.exponent);
  const auto x = scaled(a.digits, a.exponent - exponent);
  const auto y = scaled(b.digits, b.exponent - exponent);
  if (!x || !y) return std::nullopt;
  return *x < *y ? -1 : *x > *y ? 1 : 0;
}

std::optional<Range> Range::make(Decimal from, Decimal to, Decimal step) {
  Range range;
  range.exponent_ = std::min({from.exponent, to.exponent, step.exponent});
  const auto first = scaled(from.digits, from.exponent - range.exponent_);
  const auto last = scaled(to.digits, to.exponent - range.exponent_);
  const auto by = scaled(step.digits, step.exponent - range.exponent_);
  if (!first || !last || !by) return std::nullopt;
  range.from_ = *first;
  range.to_ = *last;
  range.step_ = *by;
  range.size_ = static_cast<std::uint64_t>((*last - *first) / *by) + 1;
  return range;
}

double Range::operator[](std::uint64_t i) const {
  const std::int64_t digits = from_ + static_cast<std::int64_t>(i) * step_;
  return parse_number(fmt::format("{}e{}", digits, exponent_)).value_or(0);
}

bool Range::ends_exactly() const { return (to_ - from_) % step_ == 0; }

}  // namespace espalier::grid
