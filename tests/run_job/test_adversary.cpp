// SPDX-License-Identifier: BSD-3-Clause
// The adversary of a training against the catalogue's attack and against gradients in double.

#include "run/adversary.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "espalier/net/reference.hpp"
#include "memory.hpp"

using namespace espalier;

namespace {

constexpr robust::Seeds seeds{7, 0};
constexpr double eps = 0.1;

const data::Dataset& dataset() {
  static const data::Dataset synthetic = data::synthetic();
  return synthetic;
}

net::Network untrained() { return train::initial_network(run::test::small_plan(1).models[0], 7, dataset()); }

net::Batch images(std::size_t first, std::size_t count) {
  std::vector<std::uint64_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), first);
  return net::gather(dataset().train.pixels, dataset().train.size(), numbers);
}

std::span<const std::uint8_t> labels(std::size_t first, std::size_t count) {
  return dataset().train.labels.subspan(first, count);
}

net::Matrix attacked(const train::AdversarialSettings& how, const net::Network& network, std::size_t first, std::size_t count,
                     int epoch = 0) {
  return run::adversary(how, seeds)(network, images(first, count), labels(first, count), epoch);
}

}  // namespace

TEST_CASE("the adversary of a training is the catalogue's pgd with starts of its epoch") {
  const net::Network network = untrained();
  const core::Kind& kind = robust::perturbation("pgd").kind;
  const core::Settings pgd =
      run::test::with_defaults(kind, {{"level", eps}, {"loss", std::string("ce")}, {"steps", 7.0}, {"step", 0.3}});
  for (const int epoch : {0, 3}) {
    net::Classifier classifier(network);

    const net::Matrix wanted =
        robust::changed_inputs(classifier, images(0, 70), labels(0, 70), {dataset().train.height, dataset().train.width}, pgd,
                               {7, 0, static_cast<std::uint64_t>(epoch) + 1});

    CHECK((attacked({eps, 7, 0.3, 1}, network, 0, 70, epoch) - wanted).cwiseAbs().maxCoeff() == 0);
  }
}

TEST_CASE("one step of the adversary goes along the signs of the gradient in double, to the border of the ball") {
  const net::Network network = untrained();
  const net::Batch clean = images(0, 70);
  const net::Matrix start = attacked({eps, 1, 0.0, 1}, network, 0, 70);  // a step of length 0 stays at the start
  const auto layers = net::reference::convert<double>(network);
  const net::reference::Matrix<double> X = start.cast<double>();
  const auto dX = net::reference::backward(layers, net::reference::forward(layers, X), labels(0, 70)).dX;

  const net::Matrix end = attacked({eps, 1, 0.5, 1}, network, 0, 70);

  CHECK((start - clean.X).cwiseAbs().maxCoeff() <= eps);
  CHECK((start - clean.X).cwiseAbs().maxCoeff() > 0.9 * eps);
  int moved = 0;
  for (Eigen::Index i = 0; i < X.size(); ++i) {
    const double g = dX.data()[i], x = static_cast<double>(clean.X.data()[i]);
    if (std::abs(g) < 1e-9) continue;  // whose sign in float may be another
    const double wanted = std::clamp(X.data()[i] + 0.5 * eps * (g > 0 ? 1 : -1), std::max(x - eps, 0.0), std::min(x + eps, 1.0));
    CHECK(std::abs(static_cast<double>(end.data()[i]) - wanted) < 1e-6);  // float
    ++moved;
  }
  CHECK(moved > X.size() / 2);
}

TEST_CASE("an image is attacked from another start in every epoch, and the same way in every batch") {
  const net::Network network = untrained();
  const train::AdversarialSettings how{eps, 5, std::nullopt, 1};

  const net::Matrix together = attacked(how, network, 0, 100);

  CHECK((attacked(how, network, 90, 10) - together.rightCols(10)).cwiseAbs().maxCoeff() == 0);
  CHECK((attacked(how, network, 0, 100, 1) - together).cwiseAbs().maxCoeff() > 0.01F);
}

TEST_CASE("a model that is trained against an adversary stands the attack better, and gives the same bits when run again") {
  core::Plan plan = run::test::small_plan(1);
  constexpr double small = 0.05;
  plan.models[0].train.values["epochs"] = 10.0;
  plan.models[0].sparsity = 0.5;
  const core::Kind& kind = robust::perturbation("pgd").kind;
  plan.cells.resize(1);
  plan.cells[0].perturbation = run::test::with_defaults(kind, {{"level", small}});
  plan.models.push_back(plan.models[0]);
  plan.cells.push_back(plan.cells[0]);
  plan.cells[1].model = 1;
  auto& topology = plan.models[1].topology.values;
  topology["adversarial"] = std::string("pgd");
  topology["adversarial_level"] = small;
  topology["adversarial_steps"] = 5.0;
  topology["adversarial_share"] = 1.0;
  run::test::Memory memory, again;
  run::Runner runner(plan, run::test::load, memory.store()), second(plan, run::test::load, again.store());

  for (const std::size_t m : {0, 1}) {
    runner.run({.work = core::Work::train, .item = m});
    runner.run({.work = core::Work::evaluate, .item = m, .cells = {m}});
  }
  second.run({.work = core::Work::train, .item = 1});

  CHECK(memory.cells.at(1).correct > memory.cells.at(0).correct + 20);  // of 200
  CHECK(again.models.at(1).layers[0].weight == memory.models.at(1).layers[0].weight);
}
