// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "grid/choices.hpp"

namespace espalier::grid {

/// The sections `train` and `evaluate`, and what `train` says for the topologies.
struct Sections {
  core::Settings train;
  core::Settings evaluate;
  core::Settings tail;
  core::Catalogue topologies;  ///< those of the schema without `sparsity`; what `train` says is their default
  core::Catalogue structures;  ///< those of the schema; `layer` ends at the last hidden layer
};

/// Reads the sections of the file `root`; `topology` is the axis, which tells what topologies are used (nothing: none).
Sections read_sections(const Node& root, const Node* topology, Context& context);

}  // namespace espalier::grid
