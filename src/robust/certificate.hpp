// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "espalier/robust/evaluate.hpp"

namespace espalier::robust {

/// The one-sided lower bound of a probability from `successes` in `trials` [Clopper and Pearson, Biometrika 1934].
double lower_bound(std::uint64_t successes, std::uint64_t trials, double confidence);

/// Phi^-1(probability), 0 where that is negative: the length up to which a class of at least this probability stays the most
/// likely one.
double certified_radius(double probability);

/// Fills the metrics of shifts and certificates: of each image the length of its shift, and how many of the certificate's draws
/// said its label.
void fill_certificate(core::CellResult& cell, const std::vector<double>& shift, const std::vector<std::uint32_t>& votes,
                      const Certificate& how);

}  // namespace espalier::robust
