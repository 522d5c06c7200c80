// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "robust/alarms.hpp"
#include "robust/networks.hpp"
#include "robust/worst_case.hpp"

using namespace espalier;
using namespace espalier::robust;
using namespace espalier::robust::testing;

namespace {

/// One pixel, z_1 - z_0 = x - 0.5: the margin of label 0 falls as the pixel rises.
net::Network threshold() {
  net::DenseLayer layer{net::Matrix::Zero(2, 1), {0.5f, 0}};
  layer.weight(1, 0) = 1;
  return {{layer}};
}

/// An attempt that sends `values[image]` and writes down which images it was given.
Attempt sends(std::vector<float> values, std::vector<std::uint64_t>& given) {
  return [values, &given](const net::Batch& part, std::span<const std::uint8_t>) {
    given = part.images;
    Attacked out{part.X, std::vector<std::uint32_t>(part.images.size(), 0)};
    for (std::size_t i = 0; i < part.images.size(); ++i) out.X(0, static_cast<Eigen::Index>(i)) = values[part.images[i]];
    return out;
  };
}

struct Setting {
  net::Network network = threshold();
  net::Classifier classifier{network};
  net::Batch clean{net::Matrix::Constant(1, 3, 0.2f), {0, 1, 2}};
  std::vector<std::uint8_t> labels{0, 0, 0};
  std::vector<std::uint64_t> first, second;

  Attacked run(const std::vector<float>& a, const std::vector<float>& b, bool from_clean, std::size_t black_box = 9) {
    return worst_of(classifier, clean, labels, {}, {sends(a, first), sends(b, second)}, from_clean, black_box);
  }
};

}  // namespace

TEST_CASE("Of several attempts the one of largest margin is kept, and fallen images are left alone") {
  Setting s;

  const Attacked found = s.run({0.4f, 0.9f, 0.1f}, {0.3f, 0.95f, 0.6f}, false);

  CHECK(s.first == std::vector<std::uint64_t>{0, 1, 2});
  CHECK(s.second == std::vector<std::uint64_t>{0, 2});  // image 1 fell at once
  net::Matrix expected(1, 3);
  expected << 0.4f, 0.9f, 0.6f;
  CHECK(found.X == expected);
}

TEST_CASE("The clean image stays where no attempt lowers the margin, if it is a candidate") {
  Setting s;

  const Attacked found = s.run({0.1f, 0.1f, 0.1f}, {0.15f, 0.3f, 0.1f}, true);

  net::Matrix expected(1, 3);
  expected << 0.2f, 0.3f, 0.2f;
  CHECK(found.X == expected);
}

TEST_CASE("On a noisy network the candidate wins that is best by draws which steered no attack, not the luckiest") {
  // Draws below 2^33 are those that steer: in them the noise drags every image over the border.
  const net::NoiseSite lucky{1, [](Eigen::Ref<net::Matrix> A, std::span<const std::uint64_t>, std::uint64_t draw) {
                               A.row(0).array() += draw < (std::uint64_t{1} << 33) ? 5.0f : draw % 2 == 0 ? 0.01f : -0.01f;
                             }};
  net::DenseLayer hidden{net::Matrix::Constant(1, 1, 1), {1}}, top{net::Matrix::Zero(2, 1), {1.5f, 0}};
  top.weight(1, 0) = 1;  // z_1 - z_0 = x + noise - 0.5
  const net::Network network{{hidden, top}};
  net::Classifier classifier(network, lucky);
  const net::Batch clean{net::Matrix::Constant(1, 3, 0.2f), {0, 1, 2}};
  const std::vector<std::uint8_t> labels{0, 0, 0};
  std::vector<std::uint64_t> first, second;
  const std::vector<Attempt> attempts{sends({0.3f, 0.9f, 0.497f}, first), sends({0.6f, 0.8f, 0.501f}, second)};

  const Attacked found = worst_of(classifier, clean, labels, {10, true}, attempts, false);

  CHECK(second == std::vector<std::uint64_t>{0, 2});
  net::Matrix expected(1, 3);
  expected << 0.6f, 0.9f, 0.501f;
  CHECK(found.X == expected);
}

TEST_CASE("An image that only the black box brings down is marked") {
  Setting s;

  const Attacked found = s.run({0.1f, 0.9f, 0.1f}, {0.3f, 0.9f, 0.6f}, false, 1);

  CHECK(found.alarms == std::vector<std::uint32_t>{0, 0, kBlackBoxBeatsWhiteBox});
}
