// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <map>
#include <set>

#include "robust/art.hpp"
#include "robust/columns.hpp"
#include "robust/fixtures.hpp"
#include "robust/letter_draws.hpp"
#include "robust/networks.hpp"
#include "robust/noise_sites.hpp"
#include "robust/step_control.hpp"

using namespace espalier;
using namespace espalier::robust;
using namespace espalier::robust::testing;

namespace {

/// Of reference_art.py.
const Fixtures& fixtures() {
  static const Fixtures all = read_fixtures("art_fixtures.txt");
  return all;
}

constexpr ImageShape shape{6, 6};

/// The reference's noise: each pass of an image takes the image's next vector, whatever number its draw has.
struct Passes {
  std::map<std::uint64_t, std::uint64_t> count{};
  std::set<std::pair<std::uint64_t, std::uint64_t>> draws{};  ///< image, draw
  bool fresh = true;

  net::NoiseSite noise(double size) {
    return {1, [this, size](Eigen::Ref<net::Matrix> A, std::span<const std::uint64_t> images, std::uint64_t draw) {
              for (std::size_t b = 0; b < images.size(); ++b) {
                const std::uint64_t pass = count[images[b]]++;
                fresh = fresh && draws.emplace(images[b], draw).second && draw >= kArtDraws;
                for (Eigen::Index u = 0; u < A.rows(); ++u)
                  A(u, static_cast<Eigen::Index>(b)) +=
                      static_cast<float>(size * (hashed(images[b], pass, static_cast<std::uint64_t>(u)) - 0.5));
              }
            }};
  }
};

/// Everything that the reference attacks share.
struct Setting {
  net::Network network = network_of(fixtures());
  Passes passes{};
  net::Classifier classifier;
  ArtImages all{{fixtures().at("images").transpose(), {}}, bytes(fixtures().at("labels"))};

  explicit Setting(double noise) : classifier(network, noise > 0 ? passes.noise(noise) : net::NoiseSite{}) {
    for (std::size_t b = 0; b < all.labels.size(); ++b) all.clean.images.push_back(b);
  }
};

/// Compares the images whose path does not hang on rounding; 1e-6 as for the other attacks under linf.
void check_path(const net::Matrix& X, const std::string& name, int least_images) {
  CAPTURE(name);
  const net::Matrix& expected = fixtures().at(name);
  const std::vector<std::uint8_t> certain = bytes(fixtures().at("certain-" + name));
  REQUIRE(X.cols() == expected.rows());
  int compared = 0;
  for (std::size_t b = 0; b < certain.size(); ++b) {
    if (!certain[b]) continue;
    ++compared;
    CAPTURE(b);
    const auto i = static_cast<Eigen::Index>(b);
    CHECK((X.col(i).transpose() - expected.row(i)).cwiseAbs().maxCoeff() <= 1e-6f);
  }
  CHECK(compared >= least_images);
}

/// As many passes of each image as the reference needs, each with its own draw.
void check_passes(const Passes& passes, const std::string& name) {
  CAPTURE(name);
  CHECK(passes.fresh);
  const net::Matrix& expected = fixtures().at("passes-" + name);
  const std::vector<std::uint8_t> certain = bytes(fixtures().at("certain-" + name));
  for (std::size_t b = 0; b < certain.size(); ++b)
    if (certain[b])
      CHECK(static_cast<double>(passes.count.at(b)) == static_cast<double>(expected(0, static_cast<Eigen::Index>(b))));
}

void reference_start(std::uint64_t image, int restart, std::span<float> out) {
  for (std::size_t d = 0; d < out.size(); ++d)
    out[d] = static_cast<float>(hashed(image, static_cast<std::uint64_t>(restart), d, 1) * 2 - 1);
}

ArtSquareDraws reference_square() {
  return {[](std::uint64_t image) {
            std::vector<float> signs;
            for (std::uint64_t c = 0; c < shape.width; ++c) signs.push_back(hashed(image, c, 0, 2) < 0.5 ? 1.0f : -1.0f);
            return signs;
          },
          [](int step, std::uint32_t side) {
            const auto at = [&](std::uint64_t n) { return hashed(static_cast<std::uint64_t>(step), n, 0, 3); };
            const auto place = [&](std::uint64_t n) {
              return static_cast<std::uint32_t>(at(n) * art_square_places(shape.width, side));
            };
            return ArtWindow{place(0), place(1), {at(2) < 0.5 ? 1.0f : -1.0f}};
          }};
}

/// A network that says class 0 of everything, with gradients.
net::Network unbreakable() {
  net::Network network = dense_network({36, 20, 4}, 7);
  std::get<net::DenseLayer>(network.layers.back()).bias[0] += 12;
  return network;
}

net::Matrix attacked(const net::Network& network, const Images& images, const std::string& kind, double level) {
  net::Classifier classifier(network);
  const net::Batch clean = images.batch(0, images.labels.size());
  return changed_inputs(classifier, clean, images.labels, images.shape, settings(kind, {{"level", level}}), {1, 0});
}

}  // namespace

TEST_CASE("The toolbox's FGM and PGD follow the float64 reference on given noise") {
  for (const auto& [name, eps] : {std::pair("", 0.07), {"-large", 0.3}}) {
    Setting fgm(1.5), pgd(1.5);
    check_path(art_pgd(fgm.classifier, fgm.all, {.eps = eps, .step = eps, .steps = 1}).X, std::string("fgm") + name, 38);
    check_path(art_pgd(pgd.classifier, pgd.all, {.eps = eps}).X, std::string("pgd") + name, 30);
    check_passes(pgd.passes, std::string("pgd") + name);
  }
}

TEST_CASE("The toolbox's Auto-PGD follows the float64 reference on given noise and starts, and without noise") {
  for (const auto& [name, noise] : {std::pair("autopgd", 1.5), {"autopgd-quiet", 0.0}}) {
    Setting s(noise);
    const Attacked found = art_auto_pgd(s.classifier, s.all.clean, s.all.labels, {.eps = 0.03}, reference_start, {});
    check_path(found.X, name, 25);
    if (noise > 0) check_passes(s.passes, name);
  }
}

TEST_CASE("The toolbox's Square follows the float64 reference on given noise, stripes and windows") {
  for (const auto& [name, eps] : {std::pair("square", 0.07), {"square-large", 0.3}}) {
    Setting s(1.5);
    check_path(art_square(s.classifier, s.all.clean, s.all.labels, shape, {.eps = eps}, reference_square(), {}).X, name, 38);
    check_passes(s.passes, name);
  }
}

TEST_CASE("A run of Auto-PGD ends where all losses of a batch are 0, and in no other batch") {
  Setting s(0);
  scale_logits(s.network, 48);
  net::Classifier sure(s.network);
  for (const std::string name : {"stop", "go"}) {
    std::vector<std::size_t> which;
    for (const float b : fixtures().at("images-" + name).reshaped()) which.push_back(static_cast<std::size_t>(b));
    const ArtImages part = chosen_images(s.all.clean, s.all.labels, which);
    check_path(art_auto_pgd_run(sure, part, part.clean.X, {.eps = 0.01, .step = 0.001, .batch = 5}, kArtDraws), "run-" + name, 4);
  }
  CHECK(!fixtures().at("run-stop").topRows(4).isApprox(fixtures().at("run-go").topRows(4), 1e-4f));
}

TEST_CASE("Batches of a run of Auto-PGD do not depend on what runs beside them") {
  Setting s(0);
  scale_logits(s.network, 48);
  net::Classifier sure(s.network);
  std::vector<std::size_t> which;
  for (const char* name : {"images-stop", "images-go"})
    for (const float b : fixtures().at(name).reshaped()) which.push_back(static_cast<std::size_t>(b));
  const ArtImages part = chosen_images(s.all.clean, s.all.labels, which);

  const net::Matrix X = art_auto_pgd_run(sure, part, part.clean.X, {.eps = 0.01, .step = 0.001, .batch = 5}, kArtDraws);

  CHECK((X.leftCols(5).transpose() - fixtures().at("run-stop")).cwiseAbs().maxCoeff() <= 1e-6f);
  CHECK((X.middleCols(5, 4).transpose() - fixtures().at("run-go").topRows(4)).cwiseAbs().maxCoeff() <= 1e-6f);
}

TEST_CASE("The toolbox's loss and its gradient are a float32 softmax's: exactly 0 where the label's share rounds to 1") {
  net::Matrix Z(3, 3), dZ;
  Z << 1, 20, 3,  //
      2, 0, 3,    //
      4, 1, 3;
  const std::vector<std::uint8_t> labels{1, 0, 2};

  const std::vector<float> loss = art_loss(Z, labels, &dZ);

  CHECK(loss[0] == doctest::Approx(std::log(std::exp(-1) + 1 + std::exp(2))).epsilon(1e-6));
  CHECK(loss[1] == 0);
  CHECK(loss[2] == doctest::Approx(std::log(3)).epsilon(1e-6));
  CHECK(dZ(0, 1) == 0);
  CHECK(dZ(1, 1) == doctest::Approx(std::exp(-20)).epsilon(1e-5));
  CHECK(dZ(2, 2) == doctest::Approx(-2.0 / 3).epsilon(1e-6));
}

TEST_CASE("Squares and checkpoints have the toolbox's schedule") {
  std::map<std::uint32_t, std::pair<int, int>> steps;
  for (int i = 0; i < 100; ++i) {
    auto& [first, last] = steps.try_emplace(art_square_side({}, i, {28, 28}), i, i).first->second;
    last = i;
  }
  const std::map<std::uint32_t, std::pair<int, int>> expected{{25, {0, 0}},  {13, {1, 2}},  {9, {3, 5}},   {6, {6, 10}},
                                                              {4, {11, 20}}, {3, {21, 40}}, {2, {41, 80}}, {1, {81, 99}}};
  CHECK(steps == expected);
  CHECK(checkpoints(100, true) == std::vector<int>{22, 41, 58, 70, 80, 87, 93, 99});
}

TEST_CASE("PGD returns its last point also where it changes no class") {
  const net::Network network = unbreakable();
  const Images images = images_of(network, shape, 40, 3);

  const net::Matrix X = attacked(network, images, "art-pgd", 0.01);

  net::Classifier classifier(network);
  const net::Batch clean = images.batch(0, 40);
  CHECK(net::predict(classifier.logits(X, clean.images)) == images.labels);
  for (Eigen::Index b = 0; b < 40; ++b) CHECK((X.col(b) - clean.X.col(b)).cwiseAbs().maxCoeff() == doctest::Approx(0.01));
}

TEST_CASE("Auto-PGD returns the last of its chained random starts where it fails") {
  const net::Network network = unbreakable();
  const Images images = images_of(network, shape, 10, 3);
  net::Classifier classifier(network);
  const net::Batch clean = images.batch(0, 10);

  const net::Matrix X = art_auto_pgd(classifier, clean, images.labels, {.eps = 0.01, .steps = 5}, reference_start, {}).X;

  double farthest = 0;
  for (Eigen::Index b = 0; b < 10; ++b)
    for (Eigen::Index d = 0; d < 36; ++d) {
      const double x = static_cast<double>(clean.X(d, b));
      double now = x;
      for (std::uint64_t r = 0; r < 5; ++r) {
        const double drawn = now + 0.01 * (2 * hashed(static_cast<std::uint64_t>(b), r, static_cast<std::uint64_t>(d), 1) - 1);
        now = std::clamp(std::clamp(drawn, x - 0.01, x + 0.01), 0.0, 1.0);
      }
      farthest = std::max(farthest, std::abs(static_cast<double>(X(d, b)) - now));
    }
  CHECK(farthest < 1e-6);
}

TEST_CASE("Squares never reach the last row and column, where only stripes are") {
  const net::Network network = dense_network({36, 30, 4}, 5);
  Images images = images_of(network, shape, 30, 4);
  for (std::uint8_t& pixel : images.pixels) pixel = static_cast<std::uint8_t>(100 + pixel / 8);  // away from the box
  net::Classifier classifier(network);
  const net::Batch clean = images.batch(0, 30);
  images.labels = net::predict(classifier.logits(clean.X, clean.images));
  const float eps = 0.02f;

  const net::Matrix D = attacked(network, images, "art-square", double(eps)) - clean.X;

  int striped = 0, squared = 0;
  for (Eigen::Index b = 0; b < 30; ++b) {
    const auto at = [&](Eigen::Index row, Eigen::Index column) { return D(row * 6 + column, b); };
    const bool has_stripes = at(5, 5) != 0;
    striped += has_stripes;
    for (Eigen::Index i = 0; i < 6; ++i) {
      CHECK(at(i, 5) == doctest::Approx(double(at(5, 5))).epsilon(1e-4));
      CHECK(std::abs(at(5, i)) == doctest::Approx(has_stripes ? double(eps) : 0).epsilon(1e-4));
      for (Eigen::Index k = 0; k < 5; ++k) squared += std::abs(at(k, i) - at(5, i)) > eps / 2;
    }
  }
  CHECK(striped > 5);
  CHECK(squared > 50);
}

TEST_CASE("The toolbox's attacks give the same bits whatever the evaluation's batches are") {
  const net::Network network = dense_network({36, 30, 4}, 5);
  const Images images = images_of(network, shape, 50, 4);
  const EvaluationSettings noisy{gaussian_noise(0.5f), 3};
  for (const auto& [kind, values] : std::map<std::string, std::map<std::string, core::Value>>{
           {"art-fgm", {}},
           {"art-pgd", {{"steps", 7.0}}},
           {"art-autopgd", {{"steps", 8.0}, {"restarts", 3.0}, {"batch", 4.0}}},
           {"art-square", {{"steps", 9.0}}}}) {
    CAPTURE(kind);
    std::map<std::string, core::Value> all = values;
    all["level"] = 0.1;
    const core::Settings how = settings(kind, all);

    const core::CellResult one = evaluate(network, noisy, images.all(), how, {1, 0}, 128);
    const core::CellResult other = evaluate(network, noisy, images.all(), how, {1, 0}, 7);

    CHECK(one.outcomes == other.outcomes);
    CHECK(one.values[core::metric("loss")] == other.values[core::metric("loss")]);
    CHECK(one.values[core::metric("l2_mean")] == other.values[core::metric("l2_mean")]);
    CHECK(one.values[core::metric("linf_mean")] == doctest::Approx(0.1).epsilon(0.05));
  }
}

TEST_CASE("A check_cancelled ends the attacks that take all images at once") {
  const net::Network network = dense_network({36, 30, 4}, 5);
  const Images images = images_of(network, shape, 20, 4);
  for (const char* kind : {"art-autopgd", "art-square"}) {
    CAPTURE(kind);
    int left = 4;
    EvaluationSettings evaluation;
    evaluation.check_cancelled = [&] {
      if (--left == 0) throw core::Stopped("now");
    };
    CHECK_THROWS_AS(evaluate(network, evaluation, images.all(), settings(kind, {{"level", 0.1}}), {1, 0}), core::Stopped);
  }
}
