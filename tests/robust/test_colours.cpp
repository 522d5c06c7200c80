// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <set>
#include <tuple>

#include "robust/blur.hpp"
#include "robust/modifications.hpp"
#include "robust/weather.hpp"

using namespace espalier;
using namespace espalier::robust;
using namespace espalier::robust::testing;

namespace {

using Values = std::map<std::string, core::Value>;

// The fixture's numbers are read as floats: 6e-8 each, times the ratio of the values of HSV.
constexpr double fixture_tolerance = 2e-6;
constexpr ImageShape shape{12, 10, 3};
constexpr Eigen::Index plane = 120;
const std::string study2 = "study2";

net::Matrix changed(const net::Batch& clean, ImageShape of, const std::string& kind, const Values& values) {
  return std::get<Modification>(perturbation(kind).act)(clean, of, settings(kind, values), {1, 0});
}

/// Colour images 3, 4, ... with uniform values.
net::Batch colour_batch(Eigen::Index images) {
  net::Batch out{net::Matrix(3 * plane, images), {}};
  for (Eigen::Index b = 0; b < images; ++b) {
    out.images.push_back(static_cast<std::uint64_t>(b + 3));
    core::Random random(11, static_cast<std::uint64_t>(b), 0);
    for (Eigen::Index d = 0; d < out.X.rows(); ++d) out.X(d, b) = static_cast<float>(random.uniform());
  }
  return out;
}

net::Batch channel_of(const net::Batch& colours, Eigen::Index channel) {
  return {colours.X.middleRows(channel * plane, plane), colours.images};
}

/// One image of the fixture, whose rows are channels.
Colours colours_of(const net::Matrix& A) {
  Colours out;
  for (Eigen::Index c = 0; c < A.rows(); ++c) {
    out.emplace_back(12, 10);
    for (std::size_t p = 0; p < out.back().pixels.size(); ++p) out.back().pixels[p] = A(c, static_cast<Eigen::Index>(p));
  }
  return out;
}

net::Batch batch_of(const net::Matrix& A) {
  net::Matrix X(A.size(), 1);
  for (Eigen::Index c = 0; c < A.rows(); ++c) X.col(0).segment(c * plane, plane) = A.row(c).transpose();
  return {X, {0}};
}

double difference(const Colours& image, const net::Matrix& expected) {
  double largest = 0;
  for (std::size_t c = 0; c < 3; ++c)
    largest = std::max(largest, testing::difference(clipped(image[c]), expected.row(static_cast<Eigen::Index>(c))));
  return largest;
}

}  // namespace

TEST_CASE("Brightness and contrast of colour images agree with scikit-image's HSV and with the mean of each channel") {
  const Fixtures f = read_fixtures("colour_fixtures.txt");
  const net::Batch clean = batch_of(f.at("image"));
  const auto differ = [&](const std::string& kind, const Values& values, const std::string& expected) {
    return (changed(clean, shape, kind, values) - batch_of(f.at(expected)).X).cwiseAbs().maxCoeff();
  };

  CHECK(differ("brightness", {{"severity", 1.0}}, "brightness1") < fixture_tolerance);
  CHECK(differ("brightness", {{"severity", 5.0}}, "brightness5") < fixture_tolerance);
  CHECK(differ("contrast", {{"severity", 2.0}}, "contrast") < fixture_tolerance);
  CHECK(differ("contrast", {{"severity", 2.0}, {"suite", study2}}, "contrast") < fixture_tolerance);
}

TEST_CASE("Fog, snow, spatter and motion blur of given draws follow imagecorruptions' rules for colour in numpy and scipy") {
  const Fixtures f = read_fixtures("colour_fixtures.txt");
  const Colours image = colours_of(f.at("image"));
  const Snowfall how{0.55, 0.3, 3, 0.6, 10, 4, 0.7}, half{0.55, 0.3, 2.5, 0.6, 10, 4, 0.7};
  Colours moved;
  for (const Image& channel : image) moved.push_back(motion_blur(channel, 10, 3, 0.4, Beyond::end));

  CHECK(difference(fog(image, image_of(f.at("heights")), 2.5), f.at("fog")) < fixture_tolerance);
  CHECK(difference(moved, f.at("motion")) < fixture_tolerance);
  CHECK(difference(snow(image, image_of(f.at("snow_draws")), how, -1.2), f.at("snow")) < fixture_tolerance);
  CHECK(difference(snow(image, image_of(f.at("snow_half_draws")), half, -2.2), f.at("snow_half")) < fixture_tolerance);
  CHECK(difference(spatter(image, image_of(f.at("spatter_draws")), {0.65, 0.3, 1, 0.65, 0.6}), f.at("spatter")) <
        fixture_tolerance);
}

TEST_CASE("Glass blur of given moves agrees with imagecorruptions' line on a NumPy array with channels") {
  const Fixtures f = read_fixtures("colour_fixtures.txt");
  const net::Matrix& rows = f.at("moves");
  std::vector<Swap> moves;
  for (Eigen::Index i = 0; i < rows.rows(); ++i)
    moves.push_back({int(rows(i, 0)), int(rows(i, 1)), int(rows(i, 2)), int(rows(i, 3))});

  CHECK(difference(glass_blur(colours_of(f.at("image")), 0.9, moves), f.at("glass")) < fixture_tolerance);
}

TEST_CASE("Where every channel has the same change, each is the grey image that it would be alone") {
  const net::Batch colours = colour_batch(4);
  for (const auto& [kind, values] : std::vector<std::pair<std::string, Values>>{{"contrast", {{"severity", 2.0}}},
                                                                                {"stripe", {}},
                                                                                {"obstruction", {{"level", 0.4}}},
                                                                                {"rotate", {{"severity", 2.0}}},
                                                                                {"rotate", {{"level", 60.0}, {"suite", study2}}},
                                                                                {"shear", {{"severity", 2.0}}},
                                                                                {"scale", {{"severity", 2.0}}},
                                                                                {"translate", {{"severity", 2.0}}},
                                                                                {"perspective", {{"level", 0.5}}},
                                                                                {"elastic", {{"level", 35.0}}},
                                                                                {"motion-blur", {{"severity", 2.0}}}}) {
    CAPTURE(kind);
    const net::Matrix X = changed(colours, shape, kind, values);
    for (Eigen::Index c = 0; c < 3; ++c)
      CHECK(X.middleRows(c * plane, plane) == changed(channel_of(colours, c), {12, 10}, kind, values));
  }
}

TEST_CASE("Fog is the same cloud on all channels, under the largest value of all of them") {
  net::Batch colours = colour_batch(1);
  const net::Batch red = channel_of(colours, 0);
  for (Eigen::Index c = 1; c < 3; ++c) colours.X.middleRows(c * plane, plane) = red.X;

  const net::Matrix X = changed(colours, shape, "fog", {{"severity", 3.0}});

  for (Eigen::Index c = 0; c < 3; ++c)
    CHECK(X.middleRows(c * plane, plane) == changed(red, {12, 10}, "fog", {{"severity", 3.0}}));
}

TEST_CASE("Noise falls on every channel apart, by the law that it has on grey images, in both suites") {
  net::Batch colours = colour_batch(60);
  colours.X.setConstant(0.5f);
  for (const auto& [kind, values, sd] : std::vector<std::tuple<std::string, Values, double>>{
           {"gaussian-noise", {{"level", 0.1}}, 0.1},
           {"gaussian-noise", {{"severity", 1.0}, {"suite", study2}}, 0.08},
           {"uniform-noise", {{"level", 0.3}}, 0.3 / std::sqrt(3.0)},
           {"shot-noise", {{"severity", 1.0}}, std::sqrt(0.5 / 60)},
           {"impulse-noise", {{"severity", 5.0}}, 0.5 * std::sqrt(0.27)},
           {"impulse-noise", {{"severity", 5.0}, {"suite", study2}}, 0.5 * std::sqrt(0.27)}}) {
    CAPTURE(kind);
    const net::Matrix D = changed(colours, shape, kind, values).array() - 0.5f;
    const auto N = static_cast<double>(plane * colours.X.cols());
    std::vector<net::Matrix> channels;
    for (Eigen::Index c = 0; c < 3; ++c) channels.push_back(D.middleRows(c * plane, plane));
    for (std::size_t c = 0; c < 3; ++c) {
      const double variance = channels[c].cast<double>().array().square().mean();
      const double together = channels[c].cast<double>().cwiseProduct(channels[(c + 1) % 3].cast<double>()).mean();
      // Four standard errors; the fourth moment of impulses is sd^2 / 4, of the others at most 3 sd^4 (and 1 / 60 of it for
      // shots).
      const double fourth = kind == "impulse-noise" ? 0.25 * sd * sd : 3.1 * sd * sd * sd * sd;
      CHECK(std::abs(variance - sd * sd) < 4 * std::sqrt(fourth / N));
      CHECK(std::abs(together) < 4 * sd * sd / std::sqrt(N));
    }
  }
}

TEST_CASE("A noise of given length has it over all channels") {
  const net::Batch clean{net::Matrix::Constant(3 * plane, 2, 0.5f), {0, 1}};

  const net::Matrix D = changed(clean, shape, "gaussian-noise", {{"level", 0.5}, {"norm", std::string("l2")}}) - clean.X;

  for (Eigen::Index b = 0; b < 2; ++b) CHECK(D.col(b).norm() == doctest::Approx(0.5).epsilon(1e-4));
}

TEST_CASE("A changed colour image has the same bits in any batch, and stays in the box") {
  const net::Batch clean = colour_batch(3);
  for (const std::string kind :
       {"brightness", "impulse-noise", "shot-noise", "fog", "snow", "spatter", "motion-blur", "glass-blur"}) {
    CAPTURE(kind);
    const Values values{{"severity", 4.0}};
    const net::Matrix X = changed(clean, shape, kind, values);
    for (Eigen::Index b = 0; b < 3; ++b)
      CHECK(changed({clean.X.col(b), {clean.images[static_cast<std::size_t>(b)]}}, shape, kind, values).col(0) == X.col(b));
    CHECK(X != clean.X);
    CHECK((X.array() >= 0 && X.array() <= 1).all());
  }
}

TEST_CASE("Kinds without a rule for colours say so") {
  std::set<std::string> grey_only;
  for (const core::Kind& kind : catalogue())
    if (kind.family == "input" && kind.name != "spatter" && kind.grey_only(settings(kind.name, {}))) grey_only.insert(kind.name);

  CHECK(grey_only == std::set<std::string>{"dotted-line", "zigzag", "canny-edges"});
  const core::Kind& spatter = perturbation("spatter").kind;
  CHECK(spatter.grey_only(settings("spatter", {{"severity", 3.0}})));
  CHECK_FALSE(spatter.grey_only(settings("spatter", {{"severity", 4.0}})));
  CHECK_THROWS_AS(changed(colour_batch(1), shape, "zigzag", {}), std::logic_error);
}
