// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <set>

#include "robust/networks.hpp"

using namespace espalier;
using namespace espalier::robust;
using namespace espalier::robust::testing;

TEST_CASE("Every kind has a name of its own, a description, and defaults that its own ranges allow") {
  std::set<std::string> names;
  for (const core::Kind& kind : catalogue()) {
    CAPTURE(kind.name);
    CHECK(names.insert(kind.name).second);
    CHECK(!kind.description.empty());
    CHECK(std::set<std::string>{"none", "damage", "attack", "input"}.contains(kind.family));
    std::set<std::string> parameters;
    for (const core::Parameter& p : kind.parameters) {
      CAPTURE(p.name);
      CHECK(parameters.insert(p.name).second);
      CHECK(!p.description.empty());
      CHECK(p.min <= p.max);
      CHECK((!p.optional || p.default_value.empty()));
      if (p.default_value.empty()) continue;
      if (p.type == core::Type::choice) CHECK(std::ranges::count(p.choices, std::get<std::string>(p.default_value[0])) == 1);
      if (p.type == core::Type::number || p.type == core::Type::integer) {
        CHECK(std::get<double>(p.default_value[0]) >= p.min);
        CHECK(std::get<double>(p.default_value[0]) <= p.max);
      }
      if (!p.active_if.first.empty()) CHECK(kind.find(p.active_if.first) != nullptr);
    }
  }
}

TEST_CASE("The kinds that the grid's contract names are there, with a level each") {
  for (const char* name : {"remove-links", "shuffle-weights", "fgsm", "bim", "pgd", "mim", "deepfool", "fab", "apgd", "square",
                           "cascade", "gaussian-noise", "uniform-noise"}) {
    CAPTURE(name);
    REQUIRE(core::find(catalogue(), name) != nullptr);
    CHECK(core::find(catalogue(), name)->find("level") != nullptr);
  }
  CHECK_THROWS_AS(perturbation("no-such-kind"), std::logic_error);
}

TEST_CASE("The ten modifications of study 2 and the fifteen of MNIST-C are there, each with its strength") {
  for (const char* name :
       {"brightness", "contrast",    "gaussian-noise", "impulse-noise", "motion-blur", "snow",  "elastic",   "perspective",
        "rotate",     "obstruction", "shot-noise",     "glass-blur",    "shear",       "scale", "translate", "stripe",
        "fog",        "spatter",     "dotted-line",    "zigzag",        "canny-edges"}) {
    CAPTURE(name);
    const core::Kind& kind = perturbation(name).kind;
    const bool fixed = std::set<std::string>{"stripe", "dotted-line", "zigzag", "canny-edges"}.contains(name);
    CHECK(fixed == (kind.find("level") == nullptr && kind.find("severity") == nullptr));
  }
  for (const char* name : {"contrast", "gaussian-noise", "impulse-noise", "motion-blur", "rotate"})
    CHECK(perturbation(name).kind.find("suite") != nullptr);
}

TEST_CASE("Costs count gradients and looks, whatever the draws of a noisy network, and those of the alarms") {
  const auto cost = [](const char* kind, std::map<std::string, core::Value> values) {
    if (perturbation(kind).kind.find("level")) values["level"] = 0.1;
    return perturbation(kind).kind.cost(settings(kind, values));
  };

  // A hundredth of 10 000 images is attacked twice more for the alarms, and all of 100.
  const auto near = [](double x) { return doctest::Approx(x).epsilon(1e-12); };  // rounding of a few products
  CHECK(cost("pgd", {{"steps", 20.0}}).backward == near(1.02 * 20));
  CHECK(cost("pgd", {{"steps", 20.0}, {"images", 100.0}}).backward == near(3 * 20));
  CHECK(cost("pgd", {{"steps", 20.0}, {"eot", 5.0}}).backward == near(1.02 * 20));
  CHECK(cost("pgd", {{"steps", 20.0}, {"restarts", 3.0}}).backward == near(1.02 * 60));
  CHECK(cost("square", {{"queries", 1000.0}}).forward == near(1.02 * 1000 + 0.01 * 100));
  CHECK(cost("apgd", {{"loss", std::string("targeted-dlr")}}).backward == near(1.02 * 9 * 101));
  CHECK(cost("fog", {{"severity", 1.0}}).per_image > cost("rotate", {}).per_image);
  CHECK(cost("cascade", {}).backward > 1000);
  CHECK(cost("remove-links", {}).forward == 1);
  CHECK(cost("none", {}).forward == 0);
}

TEST_CASE("Costs of the toolbox's attacks count their single passes, and no alarms") {
  const auto cost = [](const char* kind) { return perturbation(kind).kind.cost(settings(kind, {{"level", 0.1}})); };

  CHECK(cost("art-fgm").backward == 1);
  CHECK(cost("art-pgd").backward == 100);
  CHECK(cost("art-autopgd").backward == 500);
  CHECK(cost("art-autopgd").forward == 5 * 203);
  CHECK(cost("art-square").forward == 303);
  for (const char* kind : {"art-fgm", "art-pgd", "art-autopgd", "art-square"}) {
    CHECK(cost(kind).search_draws == 1);
    CHECK(perturbation(kind).kind.find("eot") == nullptr);
  }
}

TEST_CASE("A literal attack whose level turns any image into any other is probably a mistake") {
  CHECK(perturbation("art-pgd").kind.advice(settings("art-pgd", {{"level", 8.0}})) != "");
  CHECK(perturbation("art-pgd").kind.advice(settings("art-pgd", {{"level", 0.1}})) == "");
  CHECK(perturbation("deepfool").kind.advice(settings("deepfool", {{"level", 8.0}})) == "");
}

TEST_CASE("A cascade is evaluated on 1000 images unless the user says otherwise") {
  CHECK(std::get<double>(perturbation("cascade").kind.find("images")->default_value.at(0)) == 1000);
  CHECK(perturbation("pgd").kind.find("images")->optional);
}

TEST_CASE("Inputs come from attacks and modifications alone") {
  const net::Network network = sparse_network({36, 20, 10, 4}, 0.3, 1);
  const Images images = images_of(network, {6, 6}, 2, 2);
  net::Classifier classifier(network);
  const net::Batch clean = images.batch(0, 2);

  CHECK_THROWS_AS(changed_inputs(classifier, clean, images.labels, images.shape, settings("none", {}), {1, 0}), std::logic_error);
}
