// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "espalier/net/update.hpp"
#include "net/fixtures.hpp"

using namespace espalier;
using namespace espalier::net::fixtures;

TEST_CASE("cross-entropy and its gradient agree with the closed form in double, for small and for extreme logits") {
  net::Matrix Z(5, 70);
  auto random = core::Stream(1, "test logits").random(0);
  for (auto& z : Z.reshaped<Eigen::RowMajor>()) z = static_cast<float>(3 * random.gaussian());
  Z.col(3) << 100, -100, 0, 50, -3e4f;
  Z.col(69) << 1e-30f, 0, -1e-30f, 0, 0;
  const auto labels = bytes(70, 2, 5);
  std::vector<float> loss(70);
  net::Matrix dZ;

  net::cross_entropy(Z, labels, loss, &dZ);

  for (Eigen::Index b = 0; b < 70; ++b) {
    const Eigen::ArrayXd z = Z.col(b).cast<double>().array();
    const double log_sum = std::log((z - z.maxCoeff()).exp().sum()) + z.maxCoeff();
    const auto y = labels[static_cast<std::size_t>(b)];
    const double rounding = 1e-6;  // a few roundings of float, relative to the largest term
    CHECK(std::abs(static_cast<double>(loss[static_cast<std::size_t>(b)]) - (log_sum - z[y])) <
          rounding * (1 + std::abs(z[y]) + std::abs(log_sum)));
    for (Eigen::Index c = 0; c < 5; ++c)
      CHECK(std::abs(static_cast<double>(dZ(c, b)) - (std::exp(z[c] - log_sum) - (c == y))) < rounding);
  }
}

TEST_CASE("exp and log within the loss are exact to a few roundings over their range") {
  // Two classes with logits 0 and -t: dZ of class 1 is 1 / (1 + e^t), the loss of class 0 log(1 + e^-t).
  const Eigen::Index count = 2000;
  net::Matrix Z = net::Matrix::Zero(2, count);
  for (Eigen::Index b = 0; b < count; ++b) Z(1, b) = -0.04f * static_cast<float>(b);
  std::vector<float> loss(static_cast<std::size_t>(count));
  net::Matrix dZ;

  net::cross_entropy(Z, std::vector<std::uint8_t>(static_cast<std::size_t>(count), 0), loss, &dZ);

  const double relative = 5e-7;  // 4 ulp of float: polynomial, product, sum, quotient
  for (Eigen::Index b = 0; b < count; ++b) {
    const double t = -static_cast<double>(Z(1, b));
    CHECK(static_cast<double>(dZ(1, b)) == doctest::Approx(1 / (1 + std::exp(t))).epsilon(relative));
    CHECK(std::abs(static_cast<double>(loss[static_cast<std::size_t>(b)]) - std::log1p(std::exp(-t))) < relative);
  }
}

TEST_CASE("loss and gradient keep their relative accuracy where the label's share rounds to 1") {
  const Eigen::Index count = 85;  // margins of 0, 1, ..., 84 logits: exp is constant below -87
  net::Matrix Z(4, count);
  for (Eigen::Index b = 0; b < count; ++b) Z.col(b) << -2.5f, static_cast<float>(b), 0, -1;
  std::vector<float> loss(static_cast<std::size_t>(count));
  net::Matrix dZ;

  net::cross_entropy(Z, std::vector<std::uint8_t>(static_cast<std::size_t>(count), 1), loss, &dZ);

  const double relative = 1e-6;  // exp of float arguments up to 87, then a few roundings
  for (Eigen::Index b = 0; b < count; ++b) {
    CAPTURE(b);
    const double others = std::exp(-2.5 - b) + std::exp(-1.0 * b) + std::exp(-1.0 - b);
    const auto near = [&](double value) { return doctest::Approx(value).epsilon(relative).scale(0); };
    CHECK(static_cast<double>(loss[static_cast<std::size_t>(b)]) == near(std::log1p(others)));
    CHECK(static_cast<double>(dZ(1, b)) == near(-others / (1 + others)));
    CHECK(static_cast<double>(dZ(2, b)) == near(std::exp(-1.0 * b) / (1 + others)));
  }
}

TEST_CASE("the entries of a gradient add up to 0 for any margin") {
  net::Matrix Z(3, 4);
  Z.row(0) << 20, 90, 3e3f, 1e5f;
  Z.row(1) << 0, 0, 0, 0;
  Z.row(2) << -1, -1, -1, -1;
  std::vector<float> loss(4);
  net::Matrix dZ;

  net::cross_entropy(Z, std::vector<std::uint8_t>(4, 0), loss, &dZ);

  for (Eigen::Index b = 0; b < 4; ++b) {
    CHECK(dZ(0, b) < 0);
    CHECK(dZ(1, b) + dZ(2, b) == doctest::Approx(-dZ(0, b)).epsilon(1e-6).scale(0));
  }
}

TEST_CASE("the smallest class wins a tie") {
  net::Matrix Z = net::Matrix::Zero(4, 3);
  Z.col(1) << 0, 2, 2, 1;
  Z.col(2) << -3, -2, -1, -1;

  CHECK(net::predict(Z) == std::vector<std::uint8_t>{0, 1, 2});
}

TEST_CASE("gathered pixels are the correctly rounded quotients by 255, for every byte") {
  std::vector<std::uint8_t> pixels(3 * 256);
  for (std::size_t p = 0; p < 256; ++p) pixels[256 + p] = static_cast<std::uint8_t>(p);

  const auto batch = net::gather(pixels, 256, Images{0, 1, 2});

  for (Eigen::Index p = 0; p < 256; ++p) CHECK(batch.X(p, 1) == static_cast<float>(p) / 255.0f);
  CHECK(batch.X.col(0).isZero(0));
  CHECK(batch.images == Images{0, 1, 2});
}

TEST_CASE("images of any size and number are gathered in order") {
  for (const std::uint32_t size : {1u, 15u, 16u, 33u, 784u}) {
    const auto pixels = bytes(90 * size, 3);
    const auto images = some_images(79, 90);
    const auto batch = net::gather(pixels, size, images);
    for (std::size_t b = 0; b < images.size(); ++b)
      for (std::uint32_t p = 0; p < size; ++p)
        REQUIRE(batch.X(p, static_cast<Eigen::Index>(b)) == static_cast<float>(pixels[images[b] * size + p]) / 255.0f);
  }
}

TEST_CASE("one step of SGD and of Adam agrees with its equations in double, tails included") {
  for (const std::size_t size : {1, 7, 16, 35}) {
    std::vector<float> w(size), g(size), m(size), v(size);
    auto random = core::Stream(size, "test weights").random(0);
    for (std::size_t k = 0; k < size; ++k) {
      w[k] = static_cast<float>(random.gaussian()), g[k] = static_cast<float>(random.gaussian());
      m[k] = static_cast<float>(random.gaussian()), v[k] = static_cast<float>(random.uniform());
    }
    auto w_sgd = w, velocity = m, w_adam = w, m_adam = m, v_adam = v;

    net::sgd_update(w_sgd, g, velocity, 0.05f, 0.9f, 0.01f);
    net::adam_update(w_adam, g, m_adam, v_adam, 0.003f, 0.9f, 0.999f, 1e-8f, 0.271f, 0.003f, 0.02f);

    const double rounding = 1e-6;  // a few roundings of float, values near 1
    for (std::size_t k = 0; k < size; ++k) {
      const double wk = w[k], gk = g[k];
      const double v_sgd = 0.9 * m[k] + gk + 0.01 * wk;
      CHECK(std::abs(velocity[k] - v_sgd) < rounding);
      CHECK(std::abs(w_sgd[k] - (wk - 0.05 * v_sgd)) < rounding);
      const double gradient = gk + 0.02 * wk, first = 0.9 * m[k] + 0.1 * gradient,
                   second = 0.999 * v[k] + 0.001 * gradient * gradient;
      CHECK(std::abs(m_adam[k] - first) < rounding);
      CHECK(std::abs(v_adam[k] - second) < rounding);
      CHECK(std::abs(w_adam[k] - (wk - 0.003 * (first / 0.271) / (std::sqrt(second / 0.003) + 1e-8))) < rounding);
    }
  }
}
