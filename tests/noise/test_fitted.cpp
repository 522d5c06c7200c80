// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "fixtures.hpp"

using namespace espalier;
using noise::test::fitted;
using noise::test::sample;
using noise::test::some_fit;

namespace {

constexpr int n = 40;

net::Matrix of(const net::NoiseSite& site, std::vector<std::uint64_t> images, std::uint64_t draw) {
  net::Matrix A = net::Matrix::Zero(n, static_cast<Eigen::Index>(images.size()));
  site.add(A, images, draw);
  return A;
}

}  // namespace

TEST_CASE("A draw of a fitted noise has the same bits alone and in every batch") {
  const noise::Fit fit = some_fit(n);
  for (const core::Settings& settings : fitted(0.5)) {
    CAPTURE(settings.kind);
    const net::NoiseSite site = make_noise(settings, n, &fit, {1, 0});

    const net::Matrix many = sample(site, n, 150, 3);

    for (const std::uint64_t image : {0, 1, 63, 64, 149})
      CHECK(many.col(static_cast<Eigen::Index>(image)) == of(site, {image}, 3).col(0));
    CHECK(of(site, {5, 90, 7}, 3).col(1) == many.col(90));
    CHECK(of(site, {5}, 4) != of(site, {5}, 3));
    CHECK(of(site, {5}, 3) != of(make_noise(settings, n, &fit, {1, 1}), {5}, 3));
  }
}

TEST_CASE("Fitted noise of strength 0 leaves every bit as it is") {
  const noise::Fit fit = some_fit(n);
  const net::Matrix before = net::Matrix::Random(n, 70).cwiseMax(0);
  std::vector<std::uint64_t> images(70);
  std::iota(images.begin(), images.end(), 0);

  for (const core::Settings& settings : fitted(0)) {
    CAPTURE(settings.kind);
    net::Matrix A = before;
    make_noise(settings, n, &fit, {1, 0}).add(A, images, 0);
    CHECK(A == before);
  }
}

TEST_CASE("Noises of two strengths are proportional draw by draw") {
  const noise::Fit fit = some_fit(n);
  for (const core::Settings& settings : fitted(0.25)) {
    CAPTURE(settings.kind);
    core::Settings stronger = settings;
    stronger.values["trace"] = 1.0;

    const net::Matrix weak = sample(make_noise(settings, n, &fit, {1, 0}), n, 9);
    const net::Matrix strong = sample(make_noise(stronger, n, &fit, {1, 0}), n, 9);

    CHECK((strong - 2 * weak).norm() <= 1e-5f * strong.norm());  // single precision
  }
}

TEST_CASE("A fitted structure without a fit, or with that of another layer, is refused") {
  const noise::Fit fit = some_fit(n);

  CHECK_THROWS_AS(noise::make_noise(noise::test::noise("full", 1), n, nullptr, {1, 0}), std::logic_error);
  CHECK_THROWS_AS(noise::make_noise(noise::test::noise("full", 1), n + 1, &fit, {1, 0}), std::logic_error);
}
