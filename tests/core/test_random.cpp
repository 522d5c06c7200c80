// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <numeric>

#include "core/statistics.hpp"
#include "espalier/core/random.hpp"
#include "espalier/core/sha256.hpp"

using namespace espalier;
using namespace espalier::core::statistics;

namespace {

const core::Stream stream(1, "test");

template <typename Draw>
std::vector<double> many(std::size_t n, Draw draw) {
  std::vector<double> x(n);
  std::ranges::generate(x, draw);
  return x;
}

/// Counts of below(n) over `draws` draws.
std::vector<std::size_t> counts(std::uint64_t n, std::size_t draws) {
  core::Random random = stream.random(n);
  std::vector<std::size_t> count(n);
  for (std::size_t i = 0; i < draws; ++i) ++count.at(random.below(n));
  return count;
}

void check_normal(const std::vector<double>& x) {
  const double n = std::sqrt(static_cast<double>(x.size()));
  const auto moment = [&x](int power) { return mean(x, [power](double z) { return std::pow(z, power); }); };
  // Standard deviations of the sample moments of n normal numbers: sqrt(1, 2, 15, 96) / sqrt(n).
  CHECK(std::abs(moment(1)) < normal * 1 / n);
  CHECK(std::abs(moment(2) - 1) < normal * std::sqrt(2.0) / n);
  CHECK(std::abs(moment(3)) < normal * std::sqrt(15.0) / n);
  CHECK(std::abs(moment(4) - 3) < normal * std::sqrt(96.0) / n);
  CHECK(normal_distance(x) < kolmogorov);
}

}  // namespace

TEST_CASE("Uniform numbers fill the range from 0 to below 1 evenly") {
  core::Random random = stream.random(0);
  std::vector<std::size_t> bins(100);

  for (int i = 0; i < 1'000'000; ++i) ++bins.at(static_cast<std::size_t>(random.uniform() * 100));

  CHECK(chi_square(bins) < chi_square_99);
}

TEST_CASE("Uniform numbers between two ends stay below the upper one, even where rounding would reach it") {
  core::Random random = stream.random(1);
  const double low = 1, high = std::nextafter(1.0, 2.0);

  for (int i = 0; i < 1000; ++i) CHECK(random.uniform(low, high) == low);
  const auto x = many(100'000, [&random] { return random.uniform(-2, 3); });

  CHECK(*std::ranges::min_element(x) >= -2);
  CHECK(*std::ranges::max_element(x) < 3);
  CHECK(std::abs(mean(x, [](double u) { return u; }) - 0.5) < normal * (5 / std::sqrt(12.0)) / std::sqrt(1e5));
}

TEST_CASE("Numbers below n are unbiased, where n divides 2^32 and where it does not") {
  CHECK(chi_square(counts(6, 600'000)) < chi_square_5);
  CHECK(chi_square(counts(7, 700'000)) < chi_square_6);
  CHECK(chi_square(counts(100, 1'000'000)) < chi_square_99);
}

TEST_CASE("Numbers below three quarters of 2^32 or 2^64 are unbiased") {
  for (const std::uint64_t quarter : {std::uint64_t{1} << 30, std::uint64_t{1} << 62, (std::uint64_t{1} << 40) + 1}) {
    core::Random random = stream.random(quarter);
    std::vector<std::size_t> thirds(3), remainders(3);

    for (int i = 0; i < 300'000; ++i) {
      const std::uint64_t x = random.below(3 * quarter);
      ++thirds.at(x / quarter);  // bits % n would favour the lowest third
      ++remainders.at(x % 3);    // bits * n / 2^32 without rejection the multiples of 3
    }

    CHECK(chi_square(thirds) < chi_square_5);  // 2 degrees of freedom: a wider bound than theirs
    CHECK(chi_square(remainders) < chi_square_5);
  }
}

TEST_CASE("The only number below 1 is 0, and there is none below 0") {
  core::Random random = stream.random(2);

  CHECK(random.below(1) == 0);
  CHECK_THROWS_AS(random.below(0), std::logic_error);
}

TEST_CASE("A coin falls with its probability, and always the same way at 0 and 1") {
  core::Random random = stream.random(3);
  int heads = 0, never = 0, always = 0;

  for (int i = 0; i < 100'000; ++i) {
    heads += random.coin(0.3) ? 1 : 0;
    never += random.coin(0) ? 1 : 0;
    always += random.coin(1) ? 1 : 0;
  }

  CHECK(std::abs(heads / 1e5 - 0.3) < normal * std::sqrt(0.3 * 0.7 / 1e5));
  CHECK(never == 0);
  CHECK(always == 100'000);
}

TEST_CASE("Uniform numbers that fill a row are the blocks' words in their stated order, and the sequence goes on behind them") {
  core::Random words = stream.random(5), filled = stream.random(5);
  std::vector<float> u(200);
  std::vector<std::uint32_t> bits;
  for (int i = 0; i < 2 * 128 + 1; ++i) bits.push_back(words.bits());

  filled.fill_uniform(u);

  for (std::size_t i = 0; i < u.size(); ++i) {
    const std::size_t word = i % 128 / 32, block = i / 128 * 32 + i % 32;
    CHECK(u[i] == static_cast<float>(static_cast<std::int32_t>(bits[4 * block + word]) / 0x1p31));
  }
  CHECK(filled.bits() == bits.back());
}

TEST_CASE("Words that are made ahead change no number: a fill begins with the first block that no call has begun") {
  const core::Stream stream(3, "ahead");
  core::Random alone = stream.random(7);
  std::vector<std::uint32_t> words(2000);
  for (auto& word : words) word = alone.bits();
  for (const std::size_t taken : {0, 1, 5, 31, 32, 33, 40, 161, 300}) {
    CAPTURE(taken);
    core::Random random = stream.random(7);
    for (std::size_t i = 0; i < taken; ++i) CHECK(random.bits() == words[i]);
    std::vector<float> filled(300), later(100);
    random.peek_uniform(130, later);
    random.fill_uniform(filled);

    const std::size_t block = (taken + 3) / 4;
    for (std::size_t i = 0; i < filled.size(); ++i) {
      const std::size_t place = 4 * (block + i / 128 * 32 + i % 32) + i % 128 / 32;
      CHECK(filled[i] == static_cast<float>(static_cast<std::int32_t>(words[place])) * 0x1p-31f);
    }
    CHECK(std::equal(later.begin(), later.end(), filled.begin() + 130));
    CHECK(random.bits() == words[4 * (block + 96)]);
  }
}

TEST_CASE("Single gaussian numbers follow the standard normal distribution") {
  core::Random random = stream.random(4);

  check_normal(many(500'000, [&random] { return random.gaussian(); }));
}

TEST_CASE("Filled gaussian numbers follow the standard normal distribution, within one draw and across items") {
  std::vector<float> in_one(500'000), across(500'000);
  core::fill_gaussian(stream, 5, 0, in_one);
  for (std::size_t i = 0; i < 5000; ++i) core::fill_gaussian(stream, i, 1, std::span(across).subspan(100 * i, 100));

  check_normal({in_one.begin(), in_one.end()});
  check_normal({across.begin(), across.end()});
}

TEST_CASE("Filled gaussian numbers of neighbouring places, draws and items are uncorrelated") {
  constexpr std::size_t n = 200'000;
  std::vector<float> here(n), next_draw(n), next_item(n);
  core::fill_gaussian(stream, 6, 0, here);
  core::fill_gaussian(stream, 6, 1, next_draw);
  core::fill_gaussian(stream, 7, 0, next_item);
  const auto correlation = [&](const std::vector<float>& other, std::size_t shift) {
    return std::inner_product(here.begin(), here.end() - static_cast<std::ptrdiff_t>(shift),
                              other.begin() + static_cast<std::ptrdiff_t>(shift), 0.0) /
           n;
  };
  const double bound = normal / std::sqrt(double{n});  // the standard deviation of a mean of products of normal numbers

  CHECK(std::abs(correlation(next_draw, 0)) < bound);
  CHECK(std::abs(correlation(next_item, 0)) < bound);
  for (const std::size_t shift : {1U, 2U, 32U, 64U, 96U, 128U}) CHECK(std::abs(correlation(here, shift)) < bound);
}

TEST_CASE("A shorter fill is the start of a longer one") {
  std::vector<float> whole(1000);
  core::fill_gaussian(stream, 8, 9, whole);

  for (const std::size_t size : {0U, 1U, 31U, 32U, 127U, 128U, 129U, 999U}) {
    std::vector<float> part(size + 1, 42.0F);
    core::fill_gaussian(stream, 8, 9, std::span(part).first(size));

    CHECK(std::equal(part.begin(), part.end() - 1, whole.begin()));
    CHECK(part.back() == 42.0F);  // not touched
  }
}

TEST_CASE("The bits of filled and single gaussian numbers are pinned: the same for every compiler and instruction set") {
  std::vector<float> filled(100'000);
  core::fill_gaussian(stream, 10, 0, filled);
  core::Random random = stream.random(10);
  const auto single = many(10'000, [&random] { return random.gaussian(); });
  core::Sha256 filled_hash, single_hash;
  filled_hash.add(std::as_bytes(std::span(filled)));
  single_hash.add(std::as_bytes(std::span(single)));

  // Printed by this very code; built by GCC and Clang at -O0 and -O3, for x86-64, x86-64-v3 and AVX-512.
  CHECK(filled_hash.hex() == "9a868f7af9bebccd104b9bc3ea9217deeb120741970f79d0e8d5c730edc0d744");
  CHECK(single_hash.hex() == "790dae03651ec7df662a9256e699469c86b5666df6506defb8ecf7bb09ed7ed9");
}

TEST_CASE("All orders of three things are equally likely") {
  std::vector<std::size_t> count(6);

  for (std::uint64_t i = 0; i < 60'000; ++i) {
    const auto order = core::permutation(3, stream.random(11, i));
    ++count.at(order[0] * 2 + (order[1] > order[2] ? 1 : 0));
  }

  CHECK(chi_square(count) < chi_square_5);
}

TEST_CASE("A permutation holds every number once") {
  for (const std::uint32_t n : {0U, 1U, 2U, 1000U}) {
    auto order = core::permutation(n, stream.random(12));
    std::vector<std::uint32_t> sorted(n);
    std::iota(sorted.begin(), sorted.end(), 0U);

    std::ranges::sort(order);

    CHECK(order == sorted);
  }
}
