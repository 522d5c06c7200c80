// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "robust/apgd.hpp"
#include "robust/climb.hpp"
#include "robust/deepfool.hpp"
#include "robust/fixtures.hpp"
#include "robust/networks.hpp"

using namespace espalier;
using namespace espalier::robust;
using namespace espalier::robust::testing;

namespace {

/// Of reference_attacks.py.
const Fixtures& fixtures() {
  static const Fixtures all = read_fixtures("attack_fixtures.txt");
  return all;
}

/// Everything that the reference attacks share.
struct Setting {
  net::Network network = network_of(fixtures());
  net::Classifier classifier{network};
  net::Batch clean{fixtures().at("images").transpose(),
                   std::vector<std::uint64_t>(static_cast<std::size_t>(fixtures().at("images").rows()))};
  std::vector<std::uint8_t> labels = bytes(fixtures().at("labels"));

  Target target(Loss loss = Loss::cross_entropy) {
    Target out(classifier, loss, clean.images, labels, {});
    out.aim(bytes(fixtures().at("targets")));
    return out;
  }
  net::Matrix start(const std::string& norm) const { return fixtures().at("start-" + norm).transpose(); }
};

Ball ball_of(const std::string& norm) { return norm == "linf" ? Ball{Norm::linf, 0.07} : Ball{Norm::l2, 0.2}; }

/// Compares the images whose path does not hang on rounding. 1e-6 for one gradient; steps of l2 add the gradient's own
/// float32 error (about 1e-6 relative) up, and APGD's go on from their sums: 2e-5 leaves a factor of 4 over what is seen.
void check_path(const net::Matrix& X, const std::string& name, std::size_t least_images, double tolerance) {
  CAPTURE(name);
  const net::Matrix& expected = fixtures().at(name);
  const std::vector<std::uint8_t> certain = bytes(fixtures().at("certain-" + name));
  std::size_t compared = 0;
  for (std::size_t b = 0; b < certain.size(); ++b) {
    if (!certain[b]) continue;
    ++compared;
    const auto i = static_cast<Eigen::Index>(b);
    CAPTURE(b);
    CHECK((X.col(i).transpose() - expected.row(i)).cwiseAbs().maxCoeff() <= tolerance);
  }
  CHECK(compared >= least_images);
}

}  // namespace

TEST_CASE("FGSM, BIM, PGD and MIM follow the float64 reference") {
  Setting s;
  for (const std::string norm : {"linf", "l2"}) {
    const Ball ball = ball_of(norm);
    const Domain domain(ball, s.clean.X);
    const double tolerance = norm == "linf" ? 1e-6 : 2e-5;
    Target target = s.target();
    const auto run = [&](const net::Matrix& X, const Climb& how) { return climb(target, domain, X, how).X; };

    check_path(run(s.clean.X, {.steps = 1, .step = ball.eps}), "fgsm-" + norm, 20, 1e-6);
    check_path(run(s.clean.X, {.steps = 10, .step = 0.2 * ball.eps}), "bim-" + norm, 20, tolerance);
    check_path(run(s.start(norm), {.steps = 40, .step = 2.5 / 40 * ball.eps}), "pgd-" + norm, 20, tolerance);
    check_path(run(s.clean.X, {.steps = 10, .step = ball.eps / 10, .decay = 1}), "mim-" + norm, 20, tolerance);
    check_path(run(s.clean.X, {.steps = 10, .step = ball.eps / 10, .decay = 0.5}), "mim-half-" + norm, 20,
               tolerance);
  }
}

TEST_CASE("DeepFool follows the float64 reference") {
  Setting s;

  const net::Matrix X = deepfool_run(s.classifier, s.clean, s.labels, {}, {}).X;

  check_path(X, "deepfool", 20, 2e-5);
}

TEST_CASE("PGD of the toolbox's defaults follows the float64 reference, its step being longer than eps") {
  Setting s;
  core::Settings how = robust::testing::settings("pgd", {{"level", 0.07}, {"style", std::string("art")}});
  for (const char* unused : {"norm", "loss", "decay", "steps", "random_start", "restarts"}) how.values.erase(unused);

  const auto attack = std::get<Attack>(perturbation("pgd").act);

  check_path(attack(s.classifier, s.clean, s.labels, {3, 4}, how, {1, 0}).X, "pgd-art-linf", 20, 1e-6);
}

TEST_CASE("APGD follows the float64 reference for each loss and norm") {
  Setting s;
  const std::map<std::string, Loss> losses{{"ce", Loss::cross_entropy}, {"dlr", Loss::dlr}, {"targeted-dlr", Loss::targeted_dlr}};
  for (const std::string norm : {"linf", "l2"})
    for (const auto& [name, loss] : losses) {  // long paths in l2 end in differences of rounding size, hence few images
      const Domain domain(ball_of(norm), s.clean.X);
      Target target = s.target(loss);
      const double tolerance = norm == "linf" ? 1e-6 : 2e-5;
      Apgd how;

      check_path(apgd_run(target, domain, s.start(norm), how, 0).X, "apgd-" + name + "-" + norm, norm == "linf" ? 15 : 1,
                 tolerance);

      how.steps = 10;
      check_path(apgd_run(target, domain, s.start(norm), how, 0).X, "apgd-short-" + name + "-" + norm, 8, tolerance);
    }
}

TEST_CASE("APGD with the toolbox's step rule follows the float64 reference") {
  Setting s;
  const Domain domain(ball_of("linf"), s.clean.X);
  Target target = s.target();

  const net::Matrix X = apgd_run(target, domain, s.start("linf"), {.art = true}, 0).X;

  check_path(X, "apgd-art-linf", 15, 1e-6);
}
