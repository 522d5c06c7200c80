// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "espalier/core/plan.hpp"
#include "grid/product.hpp"

namespace espalier::grid {

/// A model and all points of the product that collapse into it.
struct ModelRow {
  core::ModelSpec spec;
  std::string text;  ///< canonical content, master seed included
  std::vector<std::uint64_t> points;
};

/// The models of the axes that decide the model, in the file's order of their first points. A setting that is missing at some
/// point is added to the problems.
std::vector<ModelRow> make_models(std::uint64_t master_seed, const Product& product, const Sections& sections, Place place,
                                  Context& context);

}  // namespace espalier::grid
