// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "espalier/core/kind.hpp"

namespace espalier::noise {

core::Parameter number(std::string name, double min, double max, double default_value, std::string unit, std::string description);
core::Parameter integer(std::string name, double min, double max, double default_value, std::string unit,
                        std::string description);
core::Parameter optional(core::Parameter parameter);  ///< without a default: dropped when not given

/// Parameters of the structure "none": where a baseline's tail begins.
std::vector<core::Parameter> baseline_parameters();
/// Those that every noise has: layer, trace, draws, retrain_tail.
std::vector<core::Parameter> noise_parameters();
/// Those and the source.
std::vector<core::Parameter> fitted_parameters();

/// The entry of a noise that takes `per_unit` normal numbers per unit and `per_link` multiply-adds per pair of units.
core::Kind noise_kind(std::string name, std::string description, std::vector<core::Parameter> parameters, double per_unit,
                      double per_link);

}  // namespace espalier::noise
