// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "grid/choices.hpp"
#include "grid/layout.hpp"

namespace espalier::grid {

/// A section of settings, some of which can be axes of the grid.
struct Section {
  const core::Kind* kind = nullptr;
  Values said{};              ///< with the defaults
  core::Settings settings{};  ///< without the axes

  /// The settings where the axes have these values; names of settings that are needed and not given are added to `missing`.
  core::Settings with(const Values& axes, std::vector<std::string>& missing) const;
};

/// The sections `train`, `evaluate` and `tail`, and what `train` says for the topologies.
struct Sections {
  Section train;
  core::Settings evaluate;
  Section tail;
  core::Catalogue topologies;  ///< those of the schema without `sparsity`; what `train` says is their default
  core::Catalogue structures;  ///< those of the schema; `layer` ends at the last hidden layer
};

/// Reads the sections of the file `root`; `layout` tells which topologies are used and which settings are axes.
Sections read_sections(const Node& root, const Layout& layout, Context& context);

}  // namespace espalier::grid
