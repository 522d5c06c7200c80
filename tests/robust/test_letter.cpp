// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "robust/arithmetic.hpp"
#include "robust/bend.hpp"
#include "robust/letter_draws.hpp"
#include "robust/modifications.hpp"
#include "robust/study2.hpp"

using namespace espalier;
using namespace espalier::robust;
using namespace espalier::robust::testing;

namespace {

constexpr ImageShape shape{28, 28};
constexpr std::size_t pixels = 784;
const std::string suite = "study2";

/// Of reference_letter.py.
const Fixtures& fixtures() {
  static const Fixtures all = read_fixtures("letter_fixtures.txt");
  return all;
}

/// As the data sets give pixels: floats nearest to k / 255.
double pixel_of(float byte) { return static_cast<double>(byte / 255.0f); }

Image picture() {
  Image out = image_of(fixtures().at("picture"));
  for (double& x : out.pixels) x = pixel_of(static_cast<float>(x));
  return out;
}

net::Batch batch_of(const Image& image, std::uint64_t number = 3) {
  net::Batch out{net::Matrix(784, 1), {number}};
  for (std::size_t p = 0; p < pixels; ++p) out.X(static_cast<Eigen::Index>(p), 0) = static_cast<float>(image.pixels[p]);
  return out;
}

net::Matrix changed(const net::Batch& clean, const std::string& kind, const std::map<std::string, core::Value>& values) {
  return std::get<Modification>(perturbation(kind).act)(clean, shape, settings(kind, values), {1, 0});
}

/// Pixels that are not exactly the floats of the expected bytes.
int wrong_bytes(const net::Matrix& X, const std::string& name) {
  const net::Matrix& expected = fixtures().at(name);
  int wrong = 0;
  for (Eigen::Index p = 0; p < 784; ++p) wrong += X(p, 0) != expected.data()[p] / 255.0f;
  return wrong;
}

int wrong_bytes(const Image& image, const std::string& name) { return wrong_bytes(batch_of(image).X, name); }

std::array<double, 3> colours(std::uint64_t name, std::size_t p, double scale, double shift) {
  const auto draw = [&](std::uint64_t c) { return scale * hashed(name, 3 * p + c) + shift; };
  return {draw(0), draw(1), draw(2)};
}

Image field(std::uint64_t name) {
  Image out(28, 28);
  for (std::size_t p = 0; p < pixels; ++p) out.pixels[p] = hashed(name, p) * 2 - 1;
  return out;
}

/// The centre of the reference's 32 x 32 draws.
Image flake_draws(double zoom) {
  const int side = flakes_along(32, zoom), first = (32 - side) / 2;
  Image out(side, side);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) out.at(x, y) = 6 * hashed(4, static_cast<std::uint64_t>((first + y) * 32 + first + x)) - 3;
  return out;
}

struct Motion {
  int radius;
  double sigma;
};
constexpr std::array motions{Motion{10, 3}, Motion{15, 5}, Motion{15, 8}, Motion{15, 12}, Motion{20, 15}};
constexpr std::array snowfalls{Snowfall{.1, .3, 3, .5, 10, 4, .8}, Snowfall{.2, .3, 2, .5, 12, 4, .7},
                               Snowfall{.55, .3, 4, .9, 12, 8, .7}, Snowfall{.55, .3, 4.5, .85, 12, 8, .65},
                               Snowfall{.55, .3, 2.5, .85, 12, 12, .55}};

}  // namespace

TEST_CASE("Study 2's brightness and contrast are the reference's bytes at every severity, 18 grey levels a byte short") {
  Image levels(28, 28);
  for (std::size_t p = 0; p < pixels; ++p) levels.pixels[p] = pixel_of(static_cast<float>(p / 3 % 256));
  for (int s = 1; s <= 5; ++s) {
    CAPTURE(s);
    const std::map<std::string, core::Value> values{{"severity", double(s)}, {"suite", suite}};
    CHECK(wrong_bytes(changed(batch_of(levels), "brightness", values), "brightness" + std::to_string(s)) == 0);
    CHECK(wrong_bytes(changed(batch_of(picture()), "contrast", values), "contrast" + std::to_string(s)) == 0);
  }
  int short_of = 0;
  for (std::size_t k = 0; k < 256; ++k)
    short_of += fixtures().at("brightness2").data()[3 * k] < std::min(255.0f, static_cast<float>(k) + 51);
  CHECK(short_of == 18);
}

TEST_CASE("Study 2's noise on given draws is the reference's, bit for bit") {
  const Image image = picture();
  const net::Matrix X = batch_of(image).X;
  for (const auto& [name, sd, amount] : {std::tuple("1", 0.08, 0.03), {"5", 0.38, 0.27}}) {
    const net::Matrix &gaussian = fixtures().at(std::string("gaussian") + name),
                      &impulses = fixtures().at(std::string("impulse") + name);
    int wrong = 0;
    for (std::size_t p = 0; p < pixels; ++p) {
      const float x = X(static_cast<Eigen::Index>(p), 0);
      wrong += study2::gaussian_noise(x, colours(2, p, 6, -3), sd) != gaussian.data()[p];
      wrong += study2::impulse_noise(x, colours(3, p, 1, 0), amount) != impulses.data()[p];
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("Study 2's motion blur and snow on given draws are the reference's bytes at every severity") {
  for (std::size_t s = 0; s < 5; ++s) {
    const std::string name = std::to_string(s + 1);
    CAPTURE(name);
    const double angle = (17.0 * double(s + 1) - 50) * pi / 180, fall = (-40.0 - 15 * double(s + 1)) * pi / 180;
    CHECK(wrong_bytes(study2::motion_blur(picture(), motions[s].radius, motions[s].sigma, angle), "motion" + name) == 0);
    CHECK(wrong_bytes(study2::snow(picture(), flake_draws(snowfalls[s].zoom), snowfalls[s], fall), "snow" + name) == 0);
  }
}

TEST_CASE("Motion blur, snow and noise of study 2 have the published tables, and draw what their rules need") {
  const net::Batch clean = batch_of(picture());
  const Seeds seeds{1, 0};
  for (std::size_t s = 0; s < 5; ++s) {
    CAPTURE(s);
    const std::map<std::string, core::Value> values{{"severity", double(s + 1)}};
    std::map<std::string, core::Value> of_suite = values;
    of_suite["suite"] = suite;

    core::Random random = seeds.stream("motion-blur").random(3);
    const double angle = random.uniform(-45, 45) * pi / 180;
    const Image blurred = study2::motion_blur(picture(), motions[s].radius, motions[s].sigma, angle);
    CHECK(changed(clean, "motion-blur", of_suite) == batch_of(blurred).X);

    random = seeds.stream("snow").random(3);
    const double fall = random.uniform(-135, -45) * pi / 180;
    const int side = flakes_along(32, snowfalls[s].zoom);
    Image draws(side, side);
    for (double& z : draws.pixels) z = random.gaussian();
    CHECK(changed(clean, "snow", values) == batch_of(study2::snow(picture(), draws, snowfalls[s], fall)).X);
  }
  const std::array sides{33, 32, 32, 36, 32};
  for (std::size_t s = 0; s < 5; ++s) CHECK(std::nearbyint(flakes_along(32, snowfalls[s].zoom) * snowfalls[s].zoom) == sides[s]);
}

TEST_CASE("Rotation, perspective and elastic fields fade at the edge as the reference's do") {
  constexpr double tolerance = 1e-6;  // the fixture's numbers are floats
  const Image image = picture();
  const auto turned = [&](double degrees) {
    const double t = degrees * pi / 180;
    const Linear A{cosine(t), -sine(t), sine(t), cosine(t)};
    return faded_warp(image, [&](Point p) { return affine_source(image, A, p); });
  };
  const net::Matrix& offsets = fixtures().at("offsets");
  std::array<Point, 4> corners{Point{0, 0}, Point{27, 0}, Point{27, 27}, Point{0, 27}}, moved = corners;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    moved[i].x += (moved[i].x > 0 ? -1 : 1) * double(offsets(row, 0));
    moved[i].y += (moved[i].y > 0 ? -1 : 1) * double(offsets(row, 1));
  }

  CHECK(difference(turned(33), fixtures().at("rotate")) < tolerance);
  CHECK(difference(turned(-118), fixtures().at("rotate_back")) < tolerance);
  CHECK(difference(perspective(image, moved), fixtures().at("perspective")) < tolerance);
  CHECK(difference(perspective(image, corners), fixtures().at("perspective_none")) < tolerance);
  CHECK(difference(elastic(image, field(6), field(7), 70, 5), fixtures().at("elastic")) < tolerance);
}

TEST_CASE("Perspective at scale 0.2 changes nothing, and three pairs of scales are the same") {
  net::Batch clean{net::Matrix(784, 20), {}};
  for (std::uint64_t b = 0; b < 20; ++b) {
    clean.images.push_back(b);
    clean.X.col(static_cast<Eigen::Index>(b)) = batch_of(picture()).X;
  }
  const auto at = [&](double level) { return changed(clean, "perspective", {{"level", level}}); };

  CHECK(at(0.05) == clean.X);
  CHECK(at(0.1) != clean.X);
  CHECK(at(0.15) == at(0.2));
  CHECK(at(0.3) == at(0.35));
  CHECK(at(0.375) == at(0.4));
  for (const auto& [less, more] : {std::pair(0.1, 0.15), {0.2, 0.25}, {0.25, 0.3}, {0.35, 0.375}, {0.4, 0.45}, {0.45, 0.5}})
    CHECK(at(less) != at(more));
}

TEST_CASE("Obstructions have the published sides") {
  Image white(28, 28, 1);
  const std::array sides{2, 4, 6, 8, 11, 13, 15, 16, 17, 20, 22};
  const std::array levels{0.08, 0.16, 0.24, 0.32, 0.4, 0.48, 0.56, 0.6, 0.64, 0.72, 0.8};
  for (std::size_t i = 0; i < sides.size(); ++i)
    CHECK((changed(batch_of(white), "obstruction", {{"level", levels[i]}}).array() == 0).count() == sides[i] * sides[i]);
}

TEST_CASE("Study 2's corruptions of bytes are bytes, whatever the number of the image") {
  for (const char* kind : {"brightness", "contrast", "motion-blur", "snow"})
    for (std::uint64_t number = 0; number < 20; ++number) {
      std::map<std::string, core::Value> values{{"severity", 3.0}};
      if (std::string(kind) != "snow") values["suite"] = suite;
      const net::Matrix X = changed(batch_of(picture(), number), kind, values);
      CHECK(X.isApprox(((255 * X.array()).round() / 255).matrix(), 1e-7f));
    }
}
