// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "espalier/core/kind.hpp"

/// Short forms of the catalogue's parameters, so that an entry reads as a table.
namespace espalier::robust {

core::Parameter number(std::string name, double min, double max, std::string unit, std::string description);
core::Parameter number(std::string name, double min, double max, double default_value, std::string unit, std::string description);
core::Parameter integer(std::string name, double min, double max, double default_value, std::string unit,
                        std::string description);
core::Parameter flag(std::string name, bool default_value, std::string description);
/// The first choice is the default.
core::Parameter choice(std::string name, std::vector<std::string> choices, std::string description);

/// Number of test images that the kind is evaluated on; absent: those of `evaluate`.
core::Parameter images();
core::Parameter images(double default_value);

/// Which independent repetition of a random damage this is.
core::Parameter replicate();

}  // namespace espalier::robust
