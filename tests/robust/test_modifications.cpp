// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cmath>

#include "robust/arithmetic.hpp"
#include "robust/bend.hpp"
#include "robust/blur.hpp"
#include "robust/edges.hpp"
#include "robust/modifications.hpp"
#include "robust/plasma.hpp"
#include "robust/strokes.hpp"
#include "robust/weather.hpp"

using namespace espalier;
using namespace espalier::robust;
using namespace espalier::robust::testing;

namespace {

// The fixture's numbers are read as floats: 6e-8 each, times the shear of coordinates.
constexpr double fixture_tolerance = 2e-6;

const std::vector<std::pair<std::string, std::map<std::string, core::Value>>> examples{
    {"brightness", {{"severity", 2.0}}},
    {"brightness", {{"severity", 2.0}, {"suite", std::string("study2")}}},
    {"contrast", {{"severity", 2.0}}},
    {"contrast", {{"severity", 2.0}, {"suite", std::string("study2")}}},
    {"stripe", {}},
    {"obstruction", {{"level", 0.4}}},
    {"rotate", {{"level", 60.0}, {"suite", std::string("study2")}}},
    {"gaussian-noise", {{"severity", 3.0}, {"suite", std::string("study2")}}},
    {"uniform-noise", {{"level", 0.2}}},
    {"shear", {{"severity", 2.0}}},
    {"scale", {{"severity", 2.0}}},
    {"translate", {{"severity", 2.0}}},
    {"perspective", {{"level", 0.5}}},
    {"elastic", {{"level", 35.0}}},
    {"motion-blur", {{"severity", 2.0}}},
    {"motion-blur", {{"severity", 2.0}, {"suite", std::string("study2")}}},
    {"glass-blur", {{"severity", 1.0}}},
    {"glass-blur", {{"severity", 3.0}, {"suite", std::string("isotropic")}}},
    {"impulse-noise", {{"severity", 4.0}}},
    {"impulse-noise", {{"severity", 4.0}, {"suite", std::string("study2")}}},
    {"shot-noise", {{"severity", 4.0}}},
    {"fog", {{"severity", 4.0}}},
    {"snow", {{"severity", 3.0}}},
    {"spatter", {{"severity", 4.0}}},
    {"dotted-line", {}},
    {"zigzag", {}},
    {"canny-edges", {}},
};

}  // namespace

TEST_CASE("Sine, cosine and exponential agree with libm") {
  for (double x = -20; x < 20; x += 0.37) {
    CHECK(std::abs(sine(x) - std::sin(x)) < 1e-14);
    CHECK(std::abs(cosine(x) - std::cos(x)) < 1e-14);
    CHECK(std::abs(exponential(x) / std::exp(x) - 1) < 1e-14);
  }
}

TEST_CASE("Affine maps, homographies, displacements and blur agree with scikit-image and torchvision") {
  const Fixtures f = read_fixtures("modification_fixtures.txt");
  const Image image = image_of(f.at("image"));
  const double c = cosine(0.4), s = sine(0.4);
  const net::Matrix& q = f.at("corners");
  const auto corner = [&](int i) { return Point{q(i, 0), q(i, 1)}; };
  const Homography H = rectify({corner(0), corner(1), corner(2), corner(3)}, image.height, image.width);

  CHECK(difference(affine(image, {c, -s, s, c}), f.at("rotated")) < fixture_tolerance);
  CHECK(difference(affine(image, {c, -s, s, c}), f.at("rotated_torchvision")) < fixture_tolerance);
  CHECK(difference(affine(image, {1, -s, 0, c}), f.at("sheared")) < fixture_tolerance);
  CHECK(difference(affine(image, {1 / 0.7, 0, 0, 1 / 0.7}), f.at("scaled")) < fixture_tolerance);
  CHECK(difference(warp(image, [&](Point p) { return project(H, p); }), f.at("homography")) < fixture_tolerance);
  CHECK(difference(elastic(image, image_of(f.at("dx")), image_of(f.at("dy")), 20, 1.0), f.at("elastic")) < fixture_tolerance);
  CHECK(difference(gaussian_blur(image, 1.1, Edge::nearest), f.at("blurred")) < fixture_tolerance);
}

TEST_CASE("Rotation and perspective agree with torchvision where it is given the fill colour 0") {
  const Fixtures f = read_fixtures("modification_fixtures.txt");
  const Image image = image_of(f.at("image"));
  const Linear A{cosine(0.4), -sine(0.4), sine(0.4), cosine(0.4)};
  const net::Matrix& q = f.at("corners");
  const auto corner = [&](int i) { return Point{q(i, 0), q(i, 1)}; };
  constexpr double float_grid = 2e-5;  // torchvision computes the coordinates in float32, and solves for the homography in it

  const Image turned = faded_warp(image, [&](Point p) { return affine_source(image, A, p); });

  CHECK(difference(turned, f.at("rotated_faded")) < fixture_tolerance);
  CHECK(difference(turned, f.at("rotated")) > 0.01);
  CHECK(difference(perspective(image, {corner(0), corner(1), corner(2), corner(3)}), f.at("perspective")) < float_grid);
}

TEST_CASE("Brightness, contrast and stripe are their closed forms") {
  const net::Batch clean = batch(3);
  const net::Matrix& X = clean.X;

  const net::Matrix bright = modified(clean, "brightness", {{"severity", 3.0}});
  const net::Matrix flat = modified(clean, "contrast", {{"severity", 4.0}});
  const net::Matrix striped = modified(clean, "stripe", {});

  for (Eigen::Index b = 0; b < 3; ++b) {
    const double mean = X.col(b).cast<double>().mean();
    for (Eigen::Index p = 0; p < 120; ++p) {
      const double x = X(p, b);
      const bool edge = p % 10 < 2 || p % 10 >= 8;
      CHECK(bright(p, b) == doctest::Approx(std::min(x + 0.3, 1.0)).epsilon(1e-6));
      CHECK(flat(p, b) == doctest::Approx(0.1 * x + 0.9 * mean).epsilon(1e-6));
      CHECK(striped(p, b) == doctest::Approx(edge ? 1 - x : x).epsilon(1e-6));
    }
  }
}

TEST_CASE("Translation moves whole pixels along both axes, and an obstruction blackens one square") {
  const net::Batch clean = batch(20);
  net::Batch white = clean;
  white.X.setOnes();

  const net::Matrix moved = modified(clean, "translate", {{"severity", 2.0}});
  const net::Matrix hidden = modified(white, "obstruction", {{"level", 0.4}});

  for (Eigen::Index b = 0; b < 20; ++b) {
    int fits = 0;
    for (const int dx : {-2, 2})
      for (const int dy : {-2, 2}) {
        bool same = true;
        for (int y = 0; y < 12; ++y)
          for (int x = 0; x < 10; ++x) {
            const bool inside = x + dx >= 0 && x + dx < 10 && y + dy >= 0 && y + dy < 12;
            same = same && moved(y * 10 + x, b) == (inside ? clean.X((y + dy) * 10 + x + dx, b) : 0.0f);
          }
        fits += same;
      }
    CHECK(fits == 1);
    CHECK((hidden.col(b).array() == 0).count() == 16);
  }
}

TEST_CASE("A modified image has the same bits in any batch and column, and other draws than its neighbours") {
  const net::Batch clean = batch(5);
  for (const auto& [kind, values] : examples) {
    CAPTURE(kind);
    const net::Matrix X = modified(clean, kind, values);
    for (Eigen::Index b = 0; b < 5; ++b) {
      const net::Batch alone{clean.X.col(b), {clean.images[static_cast<std::size_t>(b)]}};
      CHECK(modified(alone, kind, values).col(0) == X.col(b));
    }
    CHECK(X != clean.X);
    CHECK((X.array() >= 0 && X.array() <= 1).all());
  }
}

TEST_CASE("Motion blur follows the rule of whole-pixel shifts, also beyond the image, where it ends or goes on with the edge") {
  const Fixtures f = read_fixtures("modification_fixtures.txt");
  const Image image = image_of(f.at("image"));

  CHECK(difference(motion_blur(image, 3, 2.0, 0.5, Beyond::end), f.at("motion")) < fixture_tolerance);
  CHECK(difference(motion_blur(image, 15, 8.0, -0.7, Beyond::end), f.at("motion_long")) < fixture_tolerance);
  CHECK(difference(motion_blur(image, 15, 8.0, -0.7, Beyond::edge), f.at("motion_edge")) < fixture_tolerance);
}

TEST_CASE("Glass blur of given swaps agrees with scikit-image's blur around them") {
  const Fixtures f = read_fixtures("modification_fixtures.txt");
  const net::Matrix& rows = f.at("swaps");
  std::vector<Swap> swaps;
  for (Eigen::Index i = 0; i < rows.rows(); ++i)
    swaps.push_back({int(rows(i, 0)), int(rows(i, 1)), int(rows(i, 2)), int(rows(i, 3))});

  const Image image = image_of(f.at("image"));
  CHECK(difference(glass_blur(image, 0.9, swaps, Along::columns), f.at("glass")) < fixture_tolerance);
  CHECK(difference(glass_blur(image, 0.9, swaps, Along::both), f.at("glass_isotropic")) < fixture_tolerance);
}

TEST_CASE("Glass blur whose settings leave the suite out, as they do for isotropic, blurs along both axes") {
  const net::Batch clean = batch(3);
  const auto blurred = [&](const core::Settings& settings) {
    return std::get<Modification>(perturbation("glass-blur").act)(clean, {12, 10}, settings, {1, 0});
  };

  const net::Matrix left_out = blurred({"glass-blur", {{"severity", 3.0}}});

  CHECK(left_out == blurred({"glass-blur", {{"severity", 3.0}, {"suite", std::string("isotropic")}}}));
  CHECK(left_out != blurred({"glass-blur", {{"severity", 3.0}, {"suite", std::string("mnist-c")}}}));
}

TEST_CASE("Part of a plasma has the bits that it has in the whole one, also where other rows are not made") {
  constexpr int side = 128;
  for (std::uint64_t number = 0; number < 20; ++number) {
    CAPTURE(number);
    const core::Random random = core::Stream(1, "plasma").random(number);
    const PlasmaDraws draw = [&](std::size_t first, std::span<float> out) { random.peek_uniform(first, out); };
    for (const double decay : {1.4, 2.0}) {
      const Image whole = plasma(side, decay, draw, side, side), part = plasma(side, decay, draw, 9, 12);
      bool same = true;
      for (int y = 0; y < 9; ++y)
        for (int x = 0; x < 12; ++x) same = same && part.at(x, y) == whole.at(x, y);
      CHECK(same);
    }
  }
}

TEST_CASE("Fog, flakes and spatter of given draws follow their published rules in numpy and scipy") {
  const Fixtures f = read_fixtures("modification_fixtures.txt");
  const Image image = image_of(f.at("image"));
  const net::Matrix& draws = f.at("plasma_draws");
  const PlasmaDraws draw = [&](std::size_t first, std::span<float> out) {
    std::copy_n(draws.data() + first, out.size(), out.begin());
  };
  const Image heights = plasma(16, 1.7, draw, 16, 16);
  const Snowfall how{0.55, 0.3, 3, 0.6, 10, 4, 0.7}, half{0.55, 0.3, 2.5, 0.6, 10, 4, 0.7};
  const Mud mud{0.65, 0.3, 1, 0.65, 0.6};

  CHECK(difference(heights, f.at("plasma")) < fixture_tolerance);
  CHECK(difference(clipped(fog({image}, heights, 2.5)[0]), f.at("fog")) < fixture_tolerance);
  CHECK(difference(flakes(image_of(f.at("flakes_draws")), 16, 14, how, -1.2), f.at("flakes")) < fixture_tolerance);
  CHECK(difference(flakes(image_of(f.at("flakes_half_draws")), 16, 14, half, -2.2), f.at("flakes_half")) < fixture_tolerance);
  CHECK(difference(clipped(spatter({image}, image_of(f.at("spatter_draws")), mud)[0]), f.at("spatter")) < fixture_tolerance);
}

TEST_CASE("Lines and edges agree with MNIST-C's rule in numpy, and with scikit-image") {
  const Fixtures f = read_fixtures("modification_fixtures.txt");
  const Image image = image_of(f.at("image")), digit = image_of(f.at("digit"));

  CHECK(difference(clipped(dotted_line(image, 2, 9)), f.at("dotted")) < fixture_tolerance);
  CHECK(difference(zigzag(digit, 14, 18), f.at("zigzag")) < fixture_tolerance);
  CHECK(difference(zigzag(digit, 1, -4), f.at("zigzag_down")) < fixture_tolerance);
  CHECK(difference(canny(digit, 1), f.at("edges")) == 0);
}

TEST_CASE("A strength is said by level or by severity, and means the same where both have it") {
  const net::Batch clean = batch(4);

  CHECK(modified(clean, "rotate", {{"severity", 5.0}}).isApprox(modified(clean, "rotate", {{"level", 180 / pi}}), 1e-6f));
  CHECK(modified(clean, "gaussian-noise", {{"severity", 3.0}}) == modified(clean, "gaussian-noise", {{"level", 0.18}}));
}

TEST_CASE("MNIST-C's rotation turns all the way to one side or the other, study 2's anywhere between") {
  const net::Batch clean = batch(400);
  const double s = std::sin(0.6), c = std::cos(0.6);
  const net::Matrix fixed = modified(clean, "rotate", {{"severity", 3.0}});
  int left = 0, right = 0;
  for (Eigen::Index b = 0; b < 400; ++b) {
    const Image image = image_of(Eigen::Map<const net::Matrix>(net::Matrix(clean.X.col(b).transpose()).data(), 12, 10));
    const net::Matrix column = Eigen::Map<const net::Matrix>(net::Matrix(fixed.col(b).transpose()).data(), 12, 10);
    left += difference(affine(image, {c, -s, s, c}), column) < fixture_tolerance;
    right += difference(affine(image, {c, s, -s, c}), column) < fixture_tolerance;
  }

  CHECK(left + right == 400);
  CHECK(std::abs(left - 200) < 3.3 * 10);  // binomial, p > 1e-3
  const std::string study2 = "study2";
  CHECK(modified(clean, "rotate", {{"level", 30.0}, {"suite", study2}}) != modified(clean, "rotate", {{"level", 30.0}}));
}
