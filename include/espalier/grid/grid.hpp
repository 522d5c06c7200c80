// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "espalier/core/kind.hpp"
#include "espalier/core/plan.hpp"

namespace espalier::grid {

/// What the cost estimate needs to know of one layer of links.
struct LayerWork {
  double links = 0;  ///< sparse links, or dense ones weighted by their relative speed
  double units = 0;  ///< outputs
  /// Outputs of the convolution above, where correlated noise of this layer is drawn while no weights change, if they are fewer;
  /// else 0.
  double fewer_units_above = 0;
};

/// What the cost estimate needs to know of a model: images per epoch and their size, and its layers from the input on.
struct Workload {
  double train_images = 60000;
  double pixels = 784, channels = 1;
  std::vector<LayerWork> layers;
};

/// Bounds that keep time and memory finite whatever a grid file says.
struct Limits {
  std::size_t bytes = 1'000'000;     ///< size of the file
  std::size_t nodes = 200'000;       ///< values in the file, aliases resolved
  int depth = 32;                    ///< nesting of lists and maps
  std::uint64_t cells = 10'000'000;  ///< product of the axes, before exclusion
};

/// Expands a grid file. `file` names it in messages. Throws core::UserError with one line per mistake,
/// "grid.yaml:12:18: 'spasity' is not a key of 'grid' (did you mean 'sparsity'?)"; all mistakes of the file are listed.
core::Plan expand(const std::string& text, const std::string& file, const core::Schema& schema, const Limits& limits = {});

/// Reads a file with what it includes, and expands it; throws core::UserError when a file cannot be read. The plan's source says
/// the same without other files.
core::Plan read(const std::filesystem::path& path, const core::Schema& schema);

/// Fills in the predicted seconds of every model, fit, tail and cell.
void predict_costs(core::Plan& plan, const core::Schema& schema, const std::function<Workload(const core::ModelSpec&)>& workload);

}  // namespace espalier::grid
