#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "espalier/core/kind.hpp"
#include "espalier/core/random.hpp"
#include "espalier/net/training_pass.hpp"

namespace espalier::train {

/// What a rule may see when it rewires one sparse layer after an epoch. The optimiser's state moves with the links.
struct Rewiring {
  net::SparseLayer& layer;
  std::vector<std::vector<float>*> state;  ///< per link values of the optimiser; new links start at 0
  double fraction = 0;                     ///< share of the links to prune and regrow
  core::Random random;
  std::function<const net::Matrix&()> dense_gradient;  ///< computed on demand (RigL)
};

/// A topology rule: its entry in the catalogue and how it rewires (empty: never). Returns the number of links that changed place.
/// A new rule is one new file that defines it, and one line in catalogue.cpp.
struct Rule {
  core::Kind kind;
  bool dense = false;  ///< all layers are dense
  std::function<std::uint64_t(Rewiring&)> rewire;
};

const std::vector<Rule>& rules();
const Rule& rule(std::string_view kind);  ///< throws std::logic_error when there is none
core::Catalogue topologies();

}  // namespace espalier::train
