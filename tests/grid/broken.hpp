// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "schema.hpp"

namespace espalier::grid::test {

/// A grid file with mistakes and all that is said about it.
struct Broken {
  std::string what;
  std::string text;
  std::string messages;  ///< one line per mistake
};

std::vector<Broken> broken_files();     ///< that are no grid file
std::vector<Broken> broken_axes();      ///< keys, numbers and ranges
std::vector<Broken> broken_choices();   ///< topologies, perturbations and noises
std::vector<Broken> broken_sections();  ///< train, evaluate, exclude

}  // namespace espalier::grid::test
