// SPDX-License-Identifier: BSD-3-Clause
#include "grid/decimal.hpp"

#include <doctest/doctest.h>

#include "schema.hpp"

namespace espalier::grid::test {
namespace {

std::vector<double> values(const std::string& from, const std::string& to, const std::string& step) {
  const auto range = Range::make(*parse_decimal(from), *parse_decimal(to), *parse_decimal(step));
  REQUIRE(range);
  std::vector<double> all;
  for (std::uint64_t i = 0; i < range->size(); ++i) all.push_back((*range)[i]);
  return all;
}

}  // namespace

TEST_CASE("Ranges count in decimals: the end is included and every value is the literal's double") {
  CHECK(values("0.1", "0.9", "0.1") == std::vector<double>{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9});
  CHECK(values("0", "1", "0.25") == std::vector<double>{0, 0.25, 0.5, 0.75, 1});
  CHECK(values("-0.3", "0.3", "0.3") == std::vector<double>{-0.3, 0, 0.3});
  CHECK(values("1e-3", "3e-3", "1e-3") == std::vector<double>{0.001, 0.002, 0.003});
  CHECK(values("0.02", "0.06", "2e-2") == std::vector<double>{0.02, 0.04, 0.06});
  CHECK(values("5", "5", "1") == std::vector<double>{5});
  CHECK(values("0.1", "0.35", "0.1") == std::vector<double>{0.1, 0.2, 0.3});
}

TEST_CASE("Numbers are plain decimals and nothing else") {
  for (const char* text : {"0", "-1", "+2", "0.5", ".5", "5.", "1e3", "1E-3", "-2.5e+10"}) CHECK_MESSAGE(is_number(text), text);
  for (const char* text : {"", "-", ".", "e3", "1e", "0x10", "1_000", "nan", ".inf", "1,5", " 1", "1 ", "1e3.5", "--1"})
    CHECK_MESSAGE(!is_number(text), text);
  CHECK(parse_number("0.1") == 0.1);
  CHECK(parse_number("+0.5") == 0.5);
  CHECK_FALSE(parse_number("1e999"));
  CHECK_FALSE(parse_number("1e-999"));
}

TEST_CASE("Decimals keep 18 digits and refuse more") {
  CHECK(parse_decimal("0.100000000000000000000")->digits == 1);
  CHECK(parse_decimal("123456789012345678")->digits == 123456789012345678);
  CHECK_FALSE(parse_decimal("1234567890123456789"));
  CHECK_FALSE(parse_decimal("1e99999999999999999999"));
  CHECK_FALSE(Range::make({1, 0}, {1, 18}, {1, -1}));
  CHECK(Range::make({-999999999999999999, 0}, {999999999999999999, 0}, {1, 0})->size() == 1999999999999999999ULL);
}

TEST_CASE("A list may mix numbers and ranges") {
  const core::Plan plan =
      plan_of(file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: [{from: 0, to: 6, step: 3}, 10]\n"
                        "  perturbation: {kind: rotate, level: {from: 0.1, to: 0.35, step: 0.1}}\n"));

  CHECK(plan.axes[3].values == std::vector<std::string>{"0", "3", "6", "10"});
  CHECK(plan.remarks ==
        std::vector<std::string>{"'level' from 0.1 to 0.35 (line 9) ends at 0.3, because its end is not a multiple of the step"});
}

TEST_CASE("A range of a count divides differences or ratios evenly, in six digits, with exact ends") {
  const auto levels = [](const std::string& range) {
    const core::Plan plan =
        plan_of(file_with("  dataset: mnist\n  topology: set\n  sparsity: 0.9\n  seed: 0\n"
                          "  perturbation: {kind: fgsm, level: " +
                          range + "}\n"));
    std::vector<double> out;
    for (const core::Cell& cell : plan.cells) out.push_back(cell.perturbation->number("level"));
    return out;
  };

  CHECK(levels("{from: 0, to: 1, count: 4}") == std::vector<double>{0, 0.333333, 0.666667, 1});
  CHECK(levels("{from: 0.001, to: 1, count: 4, scale: log}") == std::vector<double>{0.001, 0.01, 0.1, 1});
  CHECK(levels("{from: 1/255, to: 16/255, count: 5, scale: log}") ==
        std::vector<double>{1.0 / 255, 0.00784314, 0.0156863, 0.0313725, 16.0 / 255});
}

}  // namespace espalier::grid::test
