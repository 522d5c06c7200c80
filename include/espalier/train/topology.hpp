// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <span>
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
  std::function<const net::Matrix&()> dense_gradient;  ///< of the epoch's last batch; empty unless the rule asks for it
};

/// The shape of a network before its links are drawn.
struct Outline {
  std::uint32_t inputs = 0;           ///< of the first fully connected layer: pixels, or outputs of the last convolution
  std::vector<std::uint32_t> hidden;  ///< width of each fully connected hidden layer
  std::uint32_t classes = 0;
  std::vector<core::Filters> convolutions{};  ///< below the fully connected layers
};

/// A topology rule: its entry in the catalogue and how it rewires. A new rule is one new file that defines it, and one line in
/// catalogue.cpp. Every rule keeps the exact number of links of every layer.
struct Rule {
  core::Kind kind;
  bool dense = false;           ///< all layers are dense
  bool dense_gradient = false;  ///< rewire() reads Rewiring::dense_gradient
  /// Rewires the sparse layers, given from the input on (empty: never). Returns the number of links that were pruned and grown
  /// again; those that came back to their old place count.
  std::function<std::uint64_t(std::span<Rewiring>)> rewire;
  /// Widths of the fully connected hidden layers in place of outline.hidden (empty: those).
  std::function<std::vector<std::uint32_t>(const Outline& outline, double sparsity)> widths;
};

const std::vector<Rule>& rules();
const Rule& rule(std::string_view kind);  ///< throws std::logic_error when there is none
core::Catalogue topologies();

}  // namespace espalier::train
