// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <Eigen/Core>
#include <cmath>

#include "espalier/net/classifier.hpp"
#include "espalier/noise/fit.hpp"
#include "espalier/noise/structure.hpp"
#include "espalier/robust/perturbation.hpp"
#include "memory.hpp"

using namespace espalier;
using run::test::Memory;

namespace {

const core::Settings none{.kind = "none", .values = {}};

core::Settings full_noise(const core::Settings& source, int layer = 1) {
  return {"full",
          {{"source", std::vector<core::Settings>{source}},
           {"layer", double(layer)},
           {"trace", 0.5},
           {"draws", 2.0},
           {"retrain_tail", true}}};
}

core::Settings brightness() { return run::test::with_defaults(robust::perturbation("brightness").kind, {{"severity", 3.0}}); }

/// One model with a fit of `source` at layer `layer`, a tail with full noise, and a cell that is evaluated under both.
core::Plan plan_with_fit(const core::Settings& source, std::uint32_t images = 700, int layer = 1) {
  core::Plan plan = run::test::small_plan(layer);
  plan.fits.push_back({.id = "f", .model = 0, .source = source, .layer = layer, .images = images});
  const core::Settings train = run::test::with_defaults(train::tail_settings(), {{"epochs", 1.0}});
  plan.tails.push_back({.id = "t", .model = 0, .fit = 0, .noise = full_noise(source, layer), .train = train});
  plan.cells[1].noise = full_noise(source, layer);
  plan.cells[1].fit = plan.cells[1].tail = 0;
  return plan;
}

/// Covariance of the differences in two passes, plus the ridge.
Eigen::MatrixXd expected_covariance(const net::Matrix& clean, const net::Matrix& changed) {
  Eigen::MatrixXd D = changed.cast<double>() - clean.cast<double>();
  D.colwise() -= Eigen::VectorXd(D.rowwise().mean());
  Eigen::MatrixXd S = D * D.transpose() / static_cast<double>(D.cols() - 1);
  S.diagonal().array() += 1e-4;
  return S;
}

net::Batch first_images(const data::Dataset& dataset, std::uint64_t count) {
  std::vector<std::uint64_t> images(count);
  for (std::uint64_t i = 0; i < count; ++i) images[i] = i;
  return net::gather(dataset.train.pixels, dataset.train.size(), images);
}

const core::Job fit_job{.work = core::Work::fit, .item = 0};
const core::Job retrain_job{.work = core::Work::retrain, .item = 0};

}  // namespace

TEST_CASE("a fit is the covariance of the activations of changed against clean training images") {
  const core::Plan plan = plan_with_fit(brightness());
  Memory memory;
  run::Runner runner(plan, run::test::load, memory.store());
  runner.run(run::test::train_job);

  REQUIRE(runner.run(fit_job));

  const core::ModelResult& model = memory.models.at(0);
  const net::Network network = net::from_stored(model.layers, model.input_mean, model.input_sd);
  net::Classifier classifier(network);
  const data::Dataset dataset = run::test::load("");
  const net::Batch batch = first_images(dataset, 700);
  const net::Matrix before = classifier.activations(batch.X, 1);
  const net::Matrix X = robust::changed_inputs(classifier, batch, dataset.train.labels.first(700),
                                               {dataset.train.height, dataset.train.width}, brightness(), {7, 0});
  const Eigen::MatrixXd S = expected_covariance(before, classifier.activations(X, 1));
  const Eigen::MatrixXd fitted = noise::covariance(noise::from_stored(memory.fits.at(0)));
  CHECK((fitted - S).norm() <= 1e-10 * S.norm());  // one pass against two
  CHECK(memory.fits.at(0).images == 700);
}

TEST_CASE("a fit to an attack needs nothing that says how the attack is evaluated") {
  core::Settings attack = run::test::with_defaults(robust::perturbation("pgd").kind, {{"level", 0.1}, {"steps", 3.0}});
  for (const core::Parameter& parameter : robust::perturbation("pgd").kind.parameters)
    if (parameter.evaluation_only) attack.values.erase(parameter.name);
  const core::Plan plan = plan_with_fit(attack);
  Memory memory;
  run::Runner runner(plan, run::test::load, memory.store());
  runner.run(run::test::train_job);

  CHECK(runner.run(fit_job));
  CHECK(memory.fits.at(0).trace > 0);
}

TEST_CASE("a fit to an attack on all images at once takes them together, by other draws than a test") {
  for (const char* kind : {"art-square", "art-autopgd"}) {
    CAPTURE(kind);
    const core::Settings source = run::test::with_defaults(robust::perturbation(kind).kind, {{"level", 0.1}, {"steps", 3.0}});
    const core::Plan plan = plan_with_fit(source);
    Memory memory;
    run::Runner runner(plan, run::test::load, memory.store());
    runner.run(run::test::train_job);

    REQUIRE(runner.run(fit_job));

    const core::ModelResult& model = memory.models.at(0);
    const net::Network network = net::from_stored(model.layers, model.input_mean, model.input_sd);
    net::Classifier classifier(network);
    const data::Dataset dataset = run::test::load("");
    const net::Batch batch = first_images(dataset, 700);
    const net::Matrix before = classifier.activations(batch.X, 1);
    const auto distance = [&](std::uint64_t round) {
      const net::Matrix X = robust::changed_inputs(classifier, batch, dataset.train.labels.first(700),
                                                   {dataset.train.height, dataset.train.width}, source, {7, 0, round});
      const Eigen::MatrixXd S = expected_covariance(before, classifier.activations(X, 1));
      return (noise::covariance(noise::from_stored(memory.fits.at(0))) - S).norm() / S.norm();
    };
    CHECK(distance(1) <= 1e-10);  // one pass against two
    CHECK(distance(0) > 1e-6);
  }
}

TEST_CASE("a fit to what changes nothing is the ridge alone: full noise is isotropic") {
  const core::Settings nothing = run::test::with_defaults(robust::perturbation("perspective").kind, {{"level", 0.03}});
  const core::Plan plan = plan_with_fit(nothing);
  Memory memory;
  run::Runner runner(plan, run::test::load, memory.store());
  runner.run(run::test::train_job);

  REQUIRE(runner.run(fit_job));

  const Eigen::MatrixXd S = noise::covariance(noise::from_stored(memory.fits.at(0)));
  CHECK((S / 1e-4 - Eigen::MatrixXd::Identity(S.rows(), S.cols())).norm() <= 1e-6);
}

TEST_CASE("a fit to damage compares the damaged with the whole network on the same images") {
  const core::Settings removal =
      run::test::with_defaults(robust::perturbation("remove-links").kind, {{"level", 0.3}, {"order", std::string("random")}});
  const core::Plan plan = plan_with_fit(removal);
  Memory memory;
  run::Runner runner(plan, run::test::load, memory.store());
  runner.run(run::test::train_job);

  REQUIRE(runner.run(fit_job));

  const core::ModelResult& model = memory.models.at(0);
  const net::Network network = net::from_stored(model.layers, model.input_mean, model.input_sd);
  const net::Network damaged = std::get<robust::Damage>(robust::perturbation("remove-links").act)(network, removal, {7, 0});
  net::Classifier whole(network), broken(damaged);
  const net::Batch batch = first_images(run::test::load(""), 700);
  const net::Matrix before = whole.activations(batch.X, 1);
  const Eigen::MatrixXd S = expected_covariance(before, broken.activations(batch.X, 1));
  const Eigen::MatrixXd fitted = noise::covariance(noise::from_stored(memory.fits.at(0)));
  CHECK((fitted - S).norm() <= 1e-10 * S.norm());  // one pass against two
}

TEST_CASE("a retrained tail has new weights for the layers above the noise, and learns") {
  core::Plan plan = plan_with_fit(brightness());
  plan.tails.push_back(plan.tails[0]);
  plan.tails[1].train.values["epochs"] = 8.0;
  Memory memory;
  run::Runner runner(plan, run::test::load, memory.store());
  runner.run(run::test::train_job);
  runner.run(fit_job);

  REQUIRE(runner.run(retrain_job));
  REQUIRE(runner.run({.work = core::Work::retrain, .item = 1}));

  const core::ModelResult& model = memory.models.at(0);
  std::size_t numbers = 0;
  for (std::size_t l = 1; l < model.layers.size(); ++l) numbers += model.layers[l].weight.size() + model.layers[l].bias.size();
  const core::TailResult& tail = memory.tails.at(0);
  CHECK(tail.weights.size() == numbers);
  CHECK(memory.tails.at(1).train_loss < tail.train_loss);
  CHECK(tail.weights[0] != model.layers[1].weight[0]);
}

TEST_CASE("a cell with a tail is evaluated by the tail's weights") {
  const core::Plan plan = plan_with_fit(brightness());
  Memory memory;
  run::Runner runner(plan, run::test::load, memory.store());
  runner.run(run::test::train_job);
  runner.run(fit_job);
  runner.run(retrain_job);
  std::fill(memory.tails[0].weights.begin(), memory.tails[0].weights.end(), 0.0F);

  runner.run(run::test::evaluate_job);

  CHECK(memory.cells.at(1).values[core::metric("loss")] == doctest::Approx(std::log(10.0)).epsilon(1e-6));  // single precision
  CHECK(memory.cells.at(0).values[core::metric("loss")] < 2.3);
}

TEST_CASE("noise that is off at inference leaves the retrained tail, evaluated once and without noise") {
  core::Plan plan = plan_with_fit(brightness());
  plan.cells.push_back(plan.cells[1]);
  plan.cells.push_back(plan.cells[1]);
  plan.cells[2].noise = run::test::with(plan.cells[2].noise, "at_inference", false);
  plan.cells[3].noise = core::Settings{"none", {{"layer", 1.0}, {"retrain_tail", true}}};
  plan.cells[3].fit.reset();
  Memory memory;
  run::Runner runner(plan, run::test::load, memory.store());
  runner.run(run::test::train_job);
  runner.run(fit_job);
  runner.run(retrain_job);

  runner.run({.work = core::Work::evaluate, .item = 0, .cells = {1, 2, 3}});

  const auto &off = memory.cells.at(2).values, &none = memory.cells.at(3).values;  // the tail of the noise, as if there were none
  CHECK(off[core::metric("loss")] == none[core::metric("loss")]);
  CHECK(off[core::metric("clean_accuracy")] == none[core::metric("clean_accuracy")]);
  CHECK(off[core::metric("single_accuracy")] == none[core::metric("single_accuracy")]);
  CHECK(memory.cells.at(2).values[core::metric("loss")] != memory.cells.at(1).values[core::metric("loss")]);
}

TEST_CASE("tails of one model start from the same weights and differ by their noise alone") {
  core::Plan plan = plan_with_fit(brightness());
  plan.tails[0].noise.values["trace"] = 0.0;
  const core::Settings baseline{"none", {{"layer", 1.0}, {"retrain_tail", true}}};
  plan.tails.push_back({.id = "n", .model = 0, .fit = std::nullopt, .noise = baseline, .train = plan.tails[0].train});
  Memory memory;
  run::Runner runner(plan, run::test::load, memory.store());
  runner.run(run::test::train_job);
  runner.run(fit_job);

  runner.run(retrain_job);
  runner.run({.work = core::Work::retrain, .item = 1});

  CHECK(memory.tails.at(0).weights == memory.tails.at(1).weights);  // strength 0 is no noise, bit for bit
}

TEST_CASE("what needs a failed fit fails with it") {
  const core::Plan plan = plan_with_fit(brightness(), 1);  // one image has no covariance
  Memory memory;
  run::Runner runner(plan, run::test::load, memory.store());
  runner.run(run::test::train_job);

  CHECK_FALSE(runner.run(fit_job));
  CHECK_FALSE(runner.run(retrain_job));
  CHECK_FALSE(runner.run(run::test::evaluate_job));

  CHECK(memory.fits.at(0).reason == core::Reason::exception);
  CHECK(memory.tails.at(0).reason == core::Reason::needs_failed);
  CHECK(memory.cells.at(0).status == core::Status::done);
  CHECK(memory.cells.at(1).reason == core::Reason::needs_failed);
}

TEST_CASE(
    "a cell that asks for a certificate gets it for the shifts of the noise's layer, and its other numbers stay as they are") {
  for (const int layer : {1, 2}) {  // noise of the second, the last hidden layer is drawn at the logits
    CAPTURE(layer);
    core::Plan plan = plan_with_fit(brightness(), 700, layer);
    plan.cells[1].perturbation = brightness();
    plan.cells.push_back(plan.cells[1]);
    for (const auto& [name, value] : std::map<std::string, core::Value>{
             {"certificate", true}, {"certificate_draws", 100.0}, {"certificate_confidence", 0.999}})
      plan.cells[2].noise = run::test::with(plan.cells[2].noise, name, value);
    Memory memory;
    run::Runner runner(plan, run::test::load, memory.store());
    runner.run(run::test::train_job);
    runner.run(fit_job);
    runner.run(retrain_job);

    REQUIRE(runner.run({.work = core::Work::evaluate, .item = 0, .cells = {1, 2}}));

    const core::CellResult &plain = memory.cells.at(1), &asked = memory.cells.at(2);
    CHECK(asked.outcomes == plain.outcomes);
    CHECK(std::isnan(plain.values[core::metric("mahalanobis_mean")]));
    CHECK(asked.values[core::metric("mahalanobis_outside")] == 0);  // the ridge makes every length finite
    CHECK(asked.values[core::metric("structure_error")] < 1e-9);
    CHECK(asked.values[core::metric("certified_accuracy")] <= asked.values[core::metric("majority_accuracy")]);

    const core::ModelResult& model = memory.models.at(0);
    const net::Network network = net::from_stored(model.layers, model.input_mean, model.input_sd);
    const noise::Fit fit = noise::from_stored(memory.fits.at(0));
    const noise::Length length = noise::make_length(plan.cells[2].noise, 50, &fit, {plan.master_seed, 0});
    const run::Inputs inputs = runner.inputs(2, plan.cells[2].images);
    net::Classifier classifier(network);
    const net::Matrix before = classifier.activations(inputs.clean, layer);
    double sum = 0;
    for (const double of_image : length(classifier.activations(inputs.changed, layer) - before)) sum += of_image;
    CHECK(asked.values[core::metric("mahalanobis_mean")] ==
          doctest::Approx(sum / static_cast<double>(inputs.labels.size())).epsilon(1e-5));  // float
  }
}
