#include <doctest/doctest.h>

#include <cmath>

#include "robust/arithmetic.hpp"
#include "robust/bend.hpp"
#include "robust/blur.hpp"
#include "robust/fixtures.hpp"
#include "robust/image.hpp"
#include "robust/networks.hpp"

using namespace espalier;
using namespace espalier::robust;
using namespace espalier::robust::testing;

namespace {

// The fixture's numbers are read as floats: 6e-8 each, times the shear of coordinates.
constexpr double fixture_tolerance = 2e-6;

Image image_of(const net::Matrix& A) {
  Image image(static_cast<int>(A.rows()), static_cast<int>(A.cols()));
  std::copy_n(A.data(), A.size(), image.pixels.begin());
  return image;
}

double difference(const Image& a, const net::Matrix& b) {
  double largest = 0;
  for (std::size_t p = 0; p < a.pixels.size(); ++p) largest = std::max(largest, std::abs(a.pixels[p] - double(b.data()[p])));
  return largest;
}

net::Matrix modified(const net::Batch& clean, const std::string& kind, std::map<std::string, core::Value> values) {
  return std::get<Modification>(perturbation(kind).act)(clean, {12, 10}, settings(kind, values), {1, 0});
}

/// Images 3, 4, ... with uniform pixels.
net::Batch batch(Eigen::Index images) {
  net::Batch out{net::Matrix(120, images), {}};
  for (Eigen::Index b = 0; b < images; ++b) {
    out.images.push_back(static_cast<std::uint64_t>(b + 3));
    core::Random random(9, static_cast<std::uint64_t>(b), 0);
    for (Eigen::Index p = 0; p < 120; ++p) out.X(p, b) = static_cast<float>(random.uniform());
  }
  return out;
}

const std::map<std::string, std::map<std::string, core::Value>> examples{
    {"brightness", {{"severity", 2.0}}},
    {"contrast", {{"severity", 2.0}}},
    {"stripe", {}},
    {"obstruction", {{"level", 0.4}}},
    {"rotate", {{"level", 60.0}, {"suite", std::string("study2")}}},
    {"shear", {{"severity", 2.0}}},
    {"scale", {{"severity", 2.0}}},
    {"translate", {{"severity", 2.0}}},
    {"perspective", {{"level", 0.5}}},
    {"elastic", {{"level", 35.0}}},
    {"motion-blur", {{"severity", 2.0}}},
    {"glass-blur", {{"severity", 1.0}}},
    {"impulse-noise", {{"severity", 4.0}}},
    {"shot-noise", {{"severity", 4.0}}},
};

}  // namespace

TEST_CASE("Sine, cosine and exponential agree with libm") {
  for (double x = -20; x < 20; x += 0.37) {
    CHECK(std::abs(sine(x) - std::sin(x)) < 1e-14);
    CHECK(std::abs(cosine(x) - std::cos(x)) < 1e-14);
    CHECK(std::abs(exponential(x) / std::exp(x) - 1) < 1e-14);
  }
}

TEST_CASE("Affine maps, homographies, displacements and blur agree with scikit-image") {
  const Fixtures f = read_fixtures("modification_fixtures.txt");
  const Image image = image_of(f.at("image"));
  const double c = cosine(0.4), s = sine(0.4);
  const net::Matrix& q = f.at("corners");
  const auto corner = [&](int i) { return Point{q(i, 0), q(i, 1)}; };
  const Homography H = rectify({corner(0), corner(1), corner(2), corner(3)}, image.height, image.width);

  CHECK(difference(affine(image, {c, -s, s, c}), f.at("rotated")) < fixture_tolerance);
  CHECK(difference(affine(image, {1, -s, 0, c}), f.at("sheared")) < fixture_tolerance);
  CHECK(difference(affine(image, {1 / 0.7, 0, 0, 1 / 0.7}), f.at("scaled")) < fixture_tolerance);
  CHECK(difference(warp(image, [&](Point p) { return project(H, p); }), f.at("perspective")) < fixture_tolerance);
  CHECK(difference(elastic(image, image_of(f.at("dx")), image_of(f.at("dy")), 20, 1.5), f.at("elastic")) < fixture_tolerance);
  CHECK(difference(gaussian_blur(image, 1.1, Edge::nearest), f.at("blurred")) < fixture_tolerance);
}

TEST_CASE("Brightness, contrast and stripe are their closed forms") {
  const net::Batch clean = batch(3);
  const net::Matrix& X = clean.X;

  const net::Matrix bright = modified(clean, "brightness", {{"severity", 3.0}});
  const net::Matrix flat = modified(clean, "contrast", {{"severity", 4.0}});
  const net::Matrix padded = modified(clean, "contrast", {{"severity", 4.0}, {"suite", std::string("study2")}});
  const net::Matrix striped = modified(clean, "stripe", {});

  for (Eigen::Index b = 0; b < 3; ++b) {
    const double mean = X.col(b).cast<double>().mean();
    for (Eigen::Index p = 0; p < 120; ++p) {
      const double x = X(p, b);
      const bool edge = p % 10 < 2 || p % 10 >= 8;
      CHECK(bright(p, b) == doctest::Approx(std::min(x + 0.3, 1.0)).epsilon(1e-6));
      CHECK(flat(p, b) == doctest::Approx(0.1 * x + 0.9 * mean).epsilon(1e-6));
      CHECK(padded(p, b) == doctest::Approx(0.1 * x + 0.9 * mean * 784 / 1024).epsilon(1e-6));
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

TEST_CASE("Motion blur follows the rule of whole-pixel shifts, also beyond the image") {
  const Fixtures f = read_fixtures("modification_fixtures.txt");
  const Image image = image_of(f.at("image"));

  CHECK(difference(motion_blur(image, 3, 2.0, 0.5), f.at("motion")) < fixture_tolerance);
  CHECK(difference(motion_blur(image, 15, 8.0, -0.7), f.at("motion_long")) < fixture_tolerance);
}

TEST_CASE("Glass blur keeps an even image and the order of magnitude of any other's sum") {
  net::Batch even = batch(2);
  even.X.setConstant(0.25f);
  const net::Batch clean = batch(50);

  const net::Matrix X = modified(clean, "glass-blur", {{"severity", 1.0}});

  CHECK((modified(even, "glass-blur", {{"severity", 2.0}}).array() - 0.25f).abs().maxCoeff() < 1e-6f);
  CHECK(std::abs(X.mean() / clean.X.mean() - 1) < 0.05f);  // swaps keep the sum, the blurs' edges nearly
}

TEST_CASE("Impulses are half black, half white, and as many as the table says") {
  net::Batch grey = batch(500);
  grey.X.setConstant(0.5f);
  const double n = 60000, p = 0.17 / 2;
  const double bound = 4 * std::sqrt(p * (1 - p) / n);  // binomial, p < 1e-4

  const net::Matrix X = modified(grey, "impulse-noise", {{"severity", 4.0}});
  const net::Matrix colours = modified(grey, "impulse-noise", {{"severity", 4.0}, {"suite", std::string("study2")}});

  CHECK(std::abs(double((X.array() == 0).count()) / n - p) < bound);
  CHECK(std::abs(double((X.array() == 1).count()) / n - p) < bound);
  const double untouched = double(((colours.array() - 0.5f).abs() < 1e-3f).count()) / n, kept = 0.83 * 0.83 * 0.83;
  CHECK(std::abs(untouched - kept) < 4 * std::sqrt(kept * (1 - kept) / n));
}

TEST_CASE("Shot noise counts photons with the mean and variance of a Poisson number") {
  net::Batch grey = batch(500);
  grey.X.setConstant(0.3f);
  const double n = 60000, variance = 0.3 / 60;

  const net::Matrix D = modified(grey, "shot-noise", {{"severity", 1.0}}).array() - 0.3f;

  CHECK(std::abs(D.cast<double>().mean()) < 4 * std::sqrt(variance / n));
  CHECK(std::abs(D.cast<double>().squaredNorm() / n / variance - 1) < 4 * std::sqrt((2 + 1 / 18.0) / n));  // kurtosis 3 + 1/18
}
