// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cmath>

#include "espalier/core/random.hpp"
#include "robust/losses.hpp"

using namespace espalier;
using namespace espalier::robust;

namespace {

/// Logits of C classes and B images, multiples of 1/64, so that shifts and scalings by small powers of two are exact.
net::Matrix logits(int C, int B) {
  core::Random random = core::Stream(3, "logits").random(0);
  net::Matrix Z(C, B);
  for (Eigen::Index i = 0; i < Z.size(); ++i) Z.data()[i] = static_cast<float>(random.below(640)) / 64 - 5;
  return Z;
}

std::vector<float> values(Loss loss, const net::Matrix& Z, std::vector<std::uint8_t> labels, std::vector<std::uint8_t> targets,
                          net::Matrix* dZ = nullptr) {
  std::vector<float> out(labels.size());
  const std::vector<double> scales(labels.size(), 2);
  loss_of({loss, labels, targets, scales}, Z, {}, out, dZ);
  return out;
}

const std::vector<std::uint8_t> labels{0, 1, 2, 3, 4, 5, 0, 1}, targets{5, 4, 3, 2, 1, 0, 3, 2};

}  // namespace

TEST_CASE("DLR of hand-made logits: right and wrong images") {
  net::Matrix Z(4, 2);
  Z.col(0) << 4, 1, 3, 0;  // label 0 is right: -(4 - 3) / (4 - 1)
  Z.col(1) << 1, 4, 3, 0;  // label 2 is wrong: -(3 - 4) / (4 - 1)

  CHECK(values(Loss::dlr, Z, {0, 2}, {}) == std::vector<float>{-1.0f / 3, 1.0f / 3});
  // -(4 - 1) / (4 - (1 + 0) / 2) and -(3 - 0) / (4 - (1 + 0) / 2)
  CHECK(values(Loss::targeted_dlr, Z, {0, 2}, {1, 3}) == std::vector<float>{-3.0f / 3.5f, -3.0f / 3.5f});
}

TEST_CASE("DLR does not change when all logits are shifted or scaled") {
  const net::Matrix Z = logits(6, 8);
  const net::Matrix shifted = Z.array() + 2.0f, scaled = 4 * Z;

  for (const Loss loss : {Loss::dlr, Loss::targeted_dlr}) {
    const auto expected = values(loss, Z, labels, targets);

    CHECK(values(loss, shifted, labels, targets) == expected);
    CHECK(values(loss, scaled, labels, targets) == expected);
  }
}

TEST_CASE("DLR and its gradient follow a permutation of the classes") {
  const net::Matrix Z = logits(6, 8);
  const std::vector<std::uint8_t> place{3, 5, 0, 4, 1, 2};
  net::Matrix moved(6, 8);
  for (Eigen::Index c = 0; c < 6; ++c) moved.row(place[static_cast<std::size_t>(c)]) = Z.row(c);
  std::vector<std::uint8_t> moved_labels, moved_targets;
  for (std::size_t b = 0; b < 8; ++b) {
    moved_labels.push_back(place[labels[b]]);
    moved_targets.push_back(place[targets[b]]);
  }

  for (const Loss loss : {Loss::dlr, Loss::targeted_dlr}) {
    net::Matrix dZ, moved_dZ;
    const auto expected = values(loss, Z, labels, targets, &dZ);

    CHECK(values(loss, moved, moved_labels, moved_targets, &moved_dZ) == expected);
    for (Eigen::Index c = 0; c < 6; ++c) CHECK(moved_dZ.row(place[static_cast<std::size_t>(c)]) == dZ.row(c));
  }
}

TEST_CASE("Every loss has the gradient that central differences see") {
  const net::Matrix Z = logits(6, 8);
  const float h = 1.0f / 128;  // half the logits' grid: no order of two logits changes

  for (const Loss loss : {Loss::cross_entropy, Loss::scaled_cross_entropy, Loss::margin, Loss::dlr, Loss::difference,
                          Loss::targeted_dlr}) {
    net::Matrix dZ;
    values(loss, Z, labels, targets, &dZ);
    for (Eigen::Index c = 0; c < 6; ++c) {
      net::Matrix up = Z, down = Z;
      up.row(c).array() += h;
      down.row(c).array() -= h;
      const auto high = values(loss, up, labels, targets), low = values(loss, down, labels, targets);
      for (std::size_t b = 0; b < 8; ++b) {
        const float slope = (high[b] - low[b]) / (2 * h);
        // Rounding of the loss, 1e-6, over 2 h gives 6e-5; the curvature's h^2 term as much again.
        CHECK(std::abs(dZ(c, static_cast<Eigen::Index>(b)) - slope) < 3e-4f * std::max(1.0f, std::abs(slope)));
      }
    }
  }
}

TEST_CASE("Cross-entropy and its gradient are those of float64 up to margins of 100 logits") {
  const int count = 201;  // margins of -100, -99, ..., 100
  net::Matrix Z(4, count);
  for (int b = 0; b < count; ++b) Z.col(b) << static_cast<float>(b - 100), 0, -1, -3;
  const std::vector<std::uint8_t> zeros(count, 0);
  const Goal goal{Loss::cross_entropy, zeros, {}};
  std::vector<float> value(count);
  net::Matrix dZ;
  const std::vector<int> shifts = flatness(goal, Z, 64);

  loss_of(goal, Z, shifts, value, &dZ);

  const double relative = 2e-7;  // rounded to float once
  for (int b = 0; b < count; ++b) {
    CAPTURE(b);
    const double rest = 1 + std::exp(-1.0) + std::exp(-3.0), label = std::exp(b - 100.0), q = rest / (rest + label);
    const double factor = std::ldexp(1.0, shifts[static_cast<std::size_t>(b)]);
    CHECK(std::abs(dZ(0, b) + factor * q) <= relative * factor * q);
    CHECK(std::abs(dZ(3, b) - factor * q * std::exp(-3.0) / rest) <= relative * factor * q);
    if (b < 180) {  // losses below e^-87 are denormal
      CHECK(std::abs(value[static_cast<std::size_t>(b)] - std::log1p(rest / label)) <= relative * std::log1p(rest / label));
    }
  }
  CHECK(shifts.front() == 0);
  CHECK(shifts.back() == 64);
}

TEST_CASE("The scaled cross-entropy is that of logits of standard deviation 8, whatever their scale") {
  const net::Matrix Z = logits(6, 8), large = 1024 * Z;
  const std::vector<double> scales = logit_scales(Z), large_scales = logit_scales(large);
  std::vector<float> small(8), same(8);
  net::Matrix dZ, large_dZ;

  loss_of({Loss::scaled_cross_entropy, labels, {}, scales}, Z, {}, small, &dZ);
  loss_of({Loss::scaled_cross_entropy, labels, {}, large_scales}, large, {}, same, &large_dZ);

  CHECK(small == same);
  CHECK(1024 * large_dZ == dZ);
  for (Eigen::Index b = 0; b < 8; ++b) {
    const Eigen::ArrayXd scaled = scales[static_cast<std::size_t>(b)] * Z.col(b).cast<double>().array();
    CHECK(std::sqrt((scaled - scaled.mean()).square().mean()) == doctest::Approx(8).epsilon(1e-12));
    const double expected = std::log((scaled - scaled[labels[static_cast<std::size_t>(b)]]).exp().sum());
    CHECK(static_cast<double>(small[static_cast<std::size_t>(b)]) == doctest::Approx(expected).epsilon(1e-6));
  }
}

TEST_CASE("The ratio losses refuse networks with too few classes") {
  const net::Matrix two = logits(2, 1), three = logits(3, 1);

  CHECK_THROWS_WITH(values(Loss::dlr, two, {0}, {1}), "the loss dlr needs at least 3 classes, the network has 2");
  CHECK_THROWS_WITH(values(Loss::targeted_dlr, three, {0}, {1}),
                    "the loss targeted-dlr needs at least 4 classes, the network has 3");
}
