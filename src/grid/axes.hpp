// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "grid/choices.hpp"
#include "grid/sections.hpp"

namespace espalier::grid {

/// The axes of the grid, every value as the file says it.
struct Axes {
  std::vector<std::string> datasets;
  std::vector<Choice> topologies;
  std::vector<double> sparsities;  ///< one 0 when the file has none
  std::vector<int> seeds;
  std::vector<Choice> perturbations;
  std::vector<Choice> noises;
  std::vector<std::string> absent;  ///< optional axes that the file does not have
};

/// Names of the axes, slowest first.
const std::vector<std::string>& axis_names();

/// Whether the layers of `topology` have a sparsity.
bool is_sparse(const core::Schema& schema, const core::Settings& topology);

/// Reads the section `grid`.
Axes read_axes(const Node& grid, const Sections& sections, Context& context);

}  // namespace espalier::grid
