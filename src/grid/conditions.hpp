// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "grid/axes.hpp"

namespace espalier::grid {

/// A perturbation that some cells have, and what follows from it.
struct PerturbationRow {
  core::SharedSettings settings;
  std::string text;  ///< canonical
};

/// A noise that some cells have, and the numbers of the fit and the tail that it needs.
struct NoiseRow {
  core::SharedSettings settings;
  std::string text;                 ///< canonical
  std::optional<std::size_t> fit;   ///< in Conditions::fits
  std::optional<std::size_t> tail;  ///< in Conditions::tails
};

struct FitRow {
  core::Settings source;
  int layer = 1;
  std::uint32_t images = 0;  ///< 0: all
};

struct TailRow {
  core::Settings noise;  ///< without what says how it is evaluated
  std::optional<std::size_t> fit;
};

/// A perturbation with a noise, under which a model is evaluated.
struct Condition {
  std::size_t perturbation = 0;
  std::size_t noise = 0;
};

/// All conditions under which models are evaluated, each once, in the file's order.
struct Conditions {
  std::vector<PerturbationRow> perturbations;
  std::vector<NoiseRow> noises;
  std::vector<FitRow> fits;
  std::vector<TailRow> tails;
  std::vector<Condition> distinct;
  std::vector<std::uint32_t> of_pair;  ///< [perturbation value * noise values + noise value] -> distinct
  std::uint64_t unmatched = 0;         ///< pairs of a matched noise with a perturbation that does nothing
};

Conditions make_conditions(const Axes& axes, const Sections& sections, const core::Schema& schema);

}  // namespace espalier::grid
