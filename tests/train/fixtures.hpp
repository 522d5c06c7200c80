// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "espalier/core/plan.hpp"
#include "espalier/train/topology.hpp"
#include "espalier/train/trainer.hpp"
#include "train/links.hpp"

namespace fixtures {

using namespace espalier;

/// A kind with the defaults of all its parameters, but for `changes`. The sparsity is no setting of a model's topology.
inline core::Settings settings(const core::Kind& kind, const std::vector<std::pair<std::string, core::Value>>& changes = {}) {
  core::Settings out{kind.name, {}};
  for (const auto& parameter : kind.parameters)
    if (parameter.name != "sparsity" && !parameter.default_value.empty())
      out.values[parameter.name] = parameter.default_value.front();
  for (const auto& [name, value] : changes) out.values[name] = value;
  return out;
}

/// A model of rule `kind`; changes go to the settings of training.
inline core::ModelSpec model(const std::string& kind, double sparsity,
                             const std::vector<std::pair<std::string, core::Value>>& train = {}) {
  core::ModelSpec spec;
  spec.topology = settings(train::rule(kind).kind);
  spec.sparsity = sparsity;
  spec.train = settings(train::train_settings(), train);
  spec.stream = "seed 0 " + kind;
  return spec;
}

/// The shape of a data set of grey images.
inline data::DatasetShape images_of(std::uint32_t height, std::uint32_t width, int classes) {
  return {.height = height, .width = width, .classes = classes};
}

/// A layer with `links` random links, standard normal weights and biases 0.
inline net::SparseLayer layer(std::uint32_t inputs, std::uint32_t outputs, std::uint64_t links, std::uint64_t seed) {
  const core::Stream stream(seed, "test");
  net::SparseLayer out = train::draw_links({inputs, outputs, links, true}, train::LinkLaw::uniform, stream.random(0));
  core::fill_gaussian(stream, 1, 0, out.weight);
  return out;
}

/// Images whose class is the position of a bright block, with noise: 300 for training and 100 for testing, 8 x 8, 4 classes.
struct Blocks {
  std::vector<std::uint8_t> pixels, labels;
  data::Dataset dataset;

  Blocks() {
    core::Random random(1, 2, 3);
    for (std::uint32_t i = 0; i < 400; ++i) {
      labels.push_back(static_cast<std::uint8_t>(random.below(4)));
      for (std::uint32_t p = 0; p < 64; ++p) {
        const std::uint32_t quarter = (p / 32) * 2 + (p % 8) / 4;
        pixels.push_back(static_cast<std::uint8_t>(random.below(100) + (quarter == labels.back() ? 80 : 0)));
      }
    }
    const std::span<const std::uint8_t> x = pixels, y = labels;
    dataset.train = {300, 8, 8, x.first(300 * 64), y.first(300), nullptr};
    dataset.test = {100, 8, 8, x.subspan(300 * 64), y.subspan(300), nullptr};
    dataset.classes = 4;
  }
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;
};

}  // namespace fixtures
