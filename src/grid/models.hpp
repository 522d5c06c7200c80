// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "espalier/core/plan.hpp"
#include "grid/axes.hpp"

namespace espalier::grid {

/// Values on the axes dataset, topology, sparsity, seed, by index.
using ModelPoint = std::array<std::size_t, 4>;

/// A model and all points of the product that collapse into it.
struct ModelRow {
  core::ModelSpec spec;
  std::string text;  ///< canonical content, master seed included
  std::vector<ModelPoint> points;
};

/// The models of the product of the axes, in the file's order of their first points.
std::vector<ModelRow> make_models(std::uint64_t master_seed, const Axes& axes, const core::Settings& train,
                                  const core::Schema& schema);

}  // namespace espalier::grid
