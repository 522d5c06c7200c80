// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "grid/product.hpp"

namespace espalier::grid {

/// A perturbation that some cells have, and what follows from it.
struct PerturbationRow {
  core::SharedSettings settings;
  std::string text;  ///< canonical
};

/// A noise that some cells have, and the number of the fit that it needs.
struct NoiseRow {
  core::SharedSettings settings;
  std::string text;                ///< canonical
  std::optional<std::size_t> fit;  ///< in Conditions::fits
  bool retrains_tail = false;
};

struct FitRow {
  core::Settings source;
  int layer = 1;
  std::uint32_t images = 0;  ///< 0: all
};

struct TailRow {
  core::Settings noise;  ///< without what says how it is evaluated
  std::optional<std::size_t> fit;
  core::Settings train;
  std::string train_text;  ///< canonical
};

/// What a model is evaluated under: a perturbation, a noise, and the tail that it was retrained with.
struct Condition {
  std::size_t perturbation = 0;
  std::size_t noise = 0;
  std::optional<std::size_t> tail{};
};

/// All conditions under which models are evaluated, each once, in the file's order.
struct Conditions {
  std::vector<PerturbationRow> perturbations;
  std::vector<NoiseRow> noises;
  std::vector<FitRow> fits;
  std::vector<TailRow> tails;
  std::vector<Condition> distinct;
  std::vector<std::uint32_t> of_point;  ///< of each point of the product its number in `distinct`
  std::uint64_t unmatched = 0;          ///< points with a matched noise and a perturbation that does nothing
};

/// The conditions of the axes that do not decide the model. A setting that is missing at some point is added to the problems.
Conditions make_conditions(const Product& product, const Sections& sections, Place place, Context& context);

}  // namespace espalier::grid
