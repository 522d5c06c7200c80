// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "schema.hpp"

namespace espalier::grid::test {
namespace {

const std::string base =
    "  dataset: mnist\n  topology: [set, static]\n  sparsity: [0.9, 0.99]\n  seed: [0, 1]\n"
    "  perturbation: [none, {kind: pgd, level: [0.1, 0.2]}]\n"
    "  noise: [none, {structure: full, source: {kind: rotate, level: 30}, layer: 1, trace: 1, draws: 2, retrain_tail: true}]\n";

template <typename Rows>
std::vector<std::string> ids(const Rows& rows) {
  std::vector<std::string> all;
  for (const auto& row : rows) all.push_back(row.id);
  return all;
}

std::set<std::string> all_ids(const core::Plan& plan) {
  std::set<std::string> all;
  for (const auto& list : {ids(plan.models), ids(plan.fits), ids(plan.tails), ids(plan.cells)})
    all.insert(list.begin(), list.end());
  return all;
}

bool includes(const core::Plan& larger, const core::Plan& smaller) {
  return std::ranges::includes(all_ids(larger), all_ids(smaller));
}

std::string replaced(std::string text, const std::string& old, const std::string& by) {
  const auto at = text.find(old);
  REQUIRE(at != std::string::npos);
  return text.replace(at, old.size(), by);
}

}  // namespace

TEST_CASE("Saying what a file without a newer parameter says changes no id, whether a topology or 'train' says it") {
  const std::string axes = "  dataset: mnist\n  sparsity: 0.9\n  seed: 0\n  topology: ";
  const core::Plan silent = plan_of(file_with(axes + "static\n"));
  const core::Plan none = plan_of(file_with(axes + "{kind: static, adversarial: none, adversarial_level: 0.1}\n"));
  const core::Plan both = plan_of(file_with(axes + "{kind: static, adversarial: [none, pgd], adversarial_level: 0.1}\n"));
  const core::Plan pgd = plan_of(file_with(axes + "static\n", "train: {adversarial: pgd, adversarial_level: 0.1}\n"));
  const core::Plan overruled =
      plan_of(file_with(axes + "{kind: static, adversarial: none}\n", "train: {adversarial: pgd, adversarial_level: 0.1}\n"));

  CHECK(ids(none.models) == ids(silent.models));
  CHECK(ids(none.cells) == ids(silent.cells));
  CHECK_FALSE(silent.models[0].topology.has("adversarial"));
  CHECK(ids(both.models) == std::vector{silent.models[0].id, pgd.models[0].id});
  CHECK(pgd.models[0].id != silent.models[0].id);
  CHECK(ids(overruled.models) == ids(silent.models));
}

TEST_CASE("Noise that is off at inference shares fit and tail with noise that is on") {
  const core::Plan plan = plan_of(file_with(base));
  const core::Plan off = plan_of(file_with(replaced(base, "retrain_tail: true", "retrain_tail: true, at_inference: false")));
  const core::Plan on = plan_of(file_with(replaced(base, "retrain_tail: true", "retrain_tail: true, at_inference: true")));

  CHECK(ids(off.fits) == ids(plan.fits));
  CHECK(ids(off.tails) == ids(plan.tails));
  CHECK(ids(off.cells) != ids(plan.cells));
  CHECK(ids(on.cells) == ids(plan.cells));
}

TEST_CASE("Comments, key order, ways to write a number, and defaults that are said change no id and no hash") {
  const std::string other =
      "# the same experiment\nseed: 7.0\ngrid:\n"
      "  noise:\n    - structure: none\n      retrain_tail: false   # the default\n"
      "    - {retrain_tail: true, draws: 2.0, trace: 1e0, layer: 1, source: {level: 3e1, kind: rotate}, structure: [full]}\n"
      "  perturbation: [none, {steps: 40, level: {from: 0.1, to: 0.20, step: 0.1}, kind: pgd}]\n"
      "  seed: {from: 0, to: 1}\n  sparsity: [.9, 0.990]\n  topology: ['set', {kind: static}]\n  dataset: [mnist]\n"
      "evaluate: {images: 10000}\ntrain: {epochs: 1.0e1}\nname: another name\nespalier: 1.0\n";

  const core::Plan one = plan_of(file_with(base));
  const core::Plan two = plan_of(other);

  CHECK(ids(one.cells) == ids(two.cells));
  CHECK(ids(one.models) == ids(two.models));
  CHECK(ids(one.fits) == ids(two.fits));
  CHECK(ids(one.tails) == ids(two.tails));
  CHECK(one.hash == two.hash);
}

TEST_CASE("All ids of a plan are different") {
  const core::Plan plan = plan_of(file_with(base));

  CHECK(all_ids(plan).size() == plan.models.size() + plan.fits.size() + plan.tails.size() + plan.cells.size());
}

TEST_CASE("A new value on any axis adds cells and changes no other id") {
  const std::vector<std::pair<std::string, std::string>> additions{
      {"dataset: mnist", "dataset: [fashion-mnist, mnist]"},
      {"[set, static]", "[dense, set, static]"},
      {"[0.9, 0.99]", "[0.9, 0.95, 0.99]"},
      {"seed: [0, 1]", "seed: [2, 0, 1]"},
      {"level: [0.1, 0.2]", "level: [0.05, 0.1, 0.2]"},
      {"[none, {kind: pgd", "[none, {kind: fgsm, level: 0.1}, {kind: pgd"},
      {"structure: full", "structure: [full, diagonal]"},
      {"source: {kind: rotate, level: 30}", "source: [{kind: rotate, level: [15, 30]}, matched]"}};
  const core::Plan plan = plan_of(file_with(base));

  for (const auto& [old, by] : additions) {
    CAPTURE(by);
    const core::Plan larger = plan_of(file_with(replaced(base, old, by)));
    CHECK(larger.cells.size() > plan.cells.size());
    CHECK(includes(larger, plan));
    CHECK(larger.hash != plan.hash);
  }
}

TEST_CASE("Whatever changes the science of a cell changes its id") {
  const core::Plan plan = plan_of(file_with(base));
  const std::vector<core::Plan> others{
      plan_of(replaced(file_with(base), "seed: 7", "seed: 8")), plan_of(file_with(base, "train: {epochs: 11}\n")),
      plan_of(file_with(base, "train: {hidden: [1000, 1000]}\n")), plan_of(file_with(base, "evaluate: {images: 9999}\n"))};

  for (const core::Plan& other : others) {
    REQUIRE(other.cells.size() == plan.cells.size());
    for (std::size_t i = 0; i < plan.cells.size(); ++i) CHECK(plan.cells[i].id != other.cells[i].id);
  }
}

TEST_CASE("The settings of the evaluation change no model, fit or tail") {
  const core::Plan one = plan_of(file_with(base));
  const core::Plan two = plan_of(file_with(base, "evaluate: {images: 100}\n"));

  CHECK(ids(one.models) == ids(two.models));
  CHECK(ids(one.fits) == ids(two.fits));
  CHECK(ids(one.tails) == ids(two.tails));
}

TEST_CASE("A master seed beyond the exact doubles is kept exactly") {
  const core::Plan plan = plan_of(replaced(file_with(base), "seed: 7", "seed: 9007199254740993"));

  CHECK(plan.master_seed == 9007199254740993ULL);
}

}  // namespace espalier::grid::test
