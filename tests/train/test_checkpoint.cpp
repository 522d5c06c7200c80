// SPDX-License-Identifier: BSD-3-Clause
// A training that goes on from a state that was kept between two epochs.

#include "train/checkpoint.hpp"

#include <doctest/doctest.h>

#include "espalier/train/topology.hpp"
#include "espalier/train/trainer.hpp"
#include "fixtures.hpp"

using namespace espalier;
using fixtures::Blocks;
using fixtures::model;

namespace {

using State = std::vector<std::byte>;

/// A training with its states after each epoch but the last.
struct Whole {
  core::ModelResult result;
  std::vector<State> states;
};

Whole train_whole(const core::ModelSpec& spec, const data::Dataset& dataset) {
  Whole out;
  out.result = train::train(spec, 1, dataset, {.save = [&](const auto& state) { out.states.push_back(state()); }});
  return out;
}

core::ModelResult go_on(const core::ModelSpec& spec, const data::Dataset& dataset, std::span<const std::byte> state) {
  train::Observer observer;
  observer.resume = state;
  return train::train(spec, 1, dataset, observer);
}

bool same(const core::ModelResult& a, const core::ModelResult& b) {
  if (a.layers.size() != b.layers.size() || a.epochs.size() != b.epochs.size()) return false;
  for (std::size_t l = 0; l < a.layers.size(); ++l) {
    const auto &x = a.layers[l], &y = b.layers[l];
    if (x.start != y.start || x.target != y.target || x.weight != y.weight || x.bias != y.bias) return false;
  }
  for (std::size_t e = 0; e < a.epochs.size(); ++e) {
    if (a.epochs[e].degrees != b.epochs[e].degrees) return false;
    for (const auto& field : core::epoch_fields)
      if (field.of(a.epochs[e]) != field.of(b.epochs[e])) return false;
  }
  return a.test_loss == b.test_loss && a.input_mean == b.input_mean;
}

core::ModelSpec spec_of(const train::Rule& rule, const std::string& optimizer) {
  const bool cht = rule.kind.name == "cht";  // which needs 98 %
  return model(rule.kind.name, cht ? 0.98 : 0.8,
               {{"hidden", cht ? std::vector<double>{300, 300} : std::vector<double>{60, 50}},
                {"epochs", 4.0},
                {"batch", 32.0},
                {"optimizer", optimizer}});
}

}  // namespace

TEST_CASE("a training of any rule and optimiser goes on after any epoch to the same bits and statistics") {
  const Blocks blocks;
  for (const auto& rule : train::rules()) {
    for (const char* optimizer : {"adam", "sgd"}) {
      CAPTURE(rule.kind.name);
      CAPTURE(optimizer);
      const auto spec = spec_of(rule, optimizer);

      const Whole whole = train_whole(spec, blocks.dataset);

      REQUIRE(whole.states.size() == 3);
      for (const State& state : whole.states) CHECK(same(go_on(spec, blocks.dataset, state), whole.result));
    }
  }
}

TEST_CASE("a state takes the bytes that were promised before the training, less the epochs that are not done") {
  const Blocks blocks;
  for (const auto& rule : train::rules()) {
    CAPTURE(rule.kind.name);
    const auto spec = spec_of(rule, "adam");
    const auto shapes = train::layer_shapes(spec, data::shape_of(blocks.dataset));

    const Whole whole = train_whole(spec, blocks.dataset);

    const std::uint64_t promised = train::checkpoint_bytes(spec, shapes);
    const std::size_t per_epoch = whole.states[1].size() - whole.states[0].size();
    CHECK(whole.states[2].size() + per_epoch == promised);
  }
}

TEST_CASE("a state of another size is left alone: the training begins at its first epoch") {
  const Blocks blocks;
  const auto spec = spec_of(train::rule("set"), "adam");
  const Whole whole = train_whole(spec, blocks.dataset);
  const std::span<const std::byte> state = whole.states[1];

  CHECK(same(go_on(spec, blocks.dataset, state.first(state.size() - 1)), whole.result));
  CHECK(same(go_on(spec, blocks.dataset, state.first(3)), whole.result));
}
