// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// Where the numbers of fitted noises and retrained tails are, and the columns of their tables.

#include <cstdint>
#include <vector>

#include "espalier/core/plan.hpp"
#include "record/tables.hpp"

namespace espalier::record {

/// Where one fit's numbers are: elements from the start of /spectra and of /eigenvectors, and how many.
struct FitExtent {
  std::uint64_t units = 0, spectrum = 0, vectors = 0;
  std::uint64_t spectrum_numbers = 0, vector_numbers = 0;
};

/// Where one tail's numbers are: elements from the start of /tail_weights.
struct TailExtent {
  std::uint64_t weight = 0, weights = 0;
};

std::vector<FitExtent> fit_extents(const core::Plan& plan, const std::vector<ModelExtent>& models);
std::vector<TailExtent> tail_extents(const core::Plan& plan, const std::vector<ModelExtent>& models);

FilledTable noise_table(const core::Plan& plan, const std::vector<FitExtent>& places);
FilledTable tails_table(const core::Plan& plan, const std::vector<TailExtent>& places);

}  // namespace espalier::record
