// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "grid/axes.hpp"

namespace espalier::grid {

/// The axes as indices, in the order of axis_names().
enum Axis : std::size_t { dataset_axis, topology_axis, sparsity_axis, seed_axis, perturbation_axis, noise_axis, axis_count };

struct Pattern;

/// What a rule accepts for one value: any of the words (a choice by its kind) or any of the patterns.
struct Alternatives {
  std::set<std::string> texts{};
  std::vector<Pattern> patterns{};
};

/// A choice in part: its kind and some of its parameters.
struct Pattern {
  std::optional<Alternatives> kinds{};
  std::map<std::string, Alternatives> parameters{};
};

/// One entry of `exclude`: leaves out the cells whose values it accepts on every axis that it names.
struct Rule {
  Place place;
  std::array<std::optional<Alternatives>, axis_count> axes{};
};

std::vector<Rule> read_rules(const Node& root, const Sections& sections, Context& context);

/// Whether the rule accepts the value (an axis that the rule does not name accepts everything).
bool accepts(const Rule& rule, Axis axis, const core::Value& value);
bool accepts(const Rule& rule, Axis axis, const core::Settings& said);

/// For every value of every axis one bit per rule: a cell is left out where its six values share a bit.
class Masks {
 public:
  using Bits = std::vector<std::uint64_t>;

  Masks(const std::vector<Rule>& rules, const Axes& axes);

  const Bits& of(Axis axis, std::size_t value) const { return bits_[axis][value]; }
  /// The cells of the whole product that rule `rule` leaves out.
  std::uint64_t count(std::size_t rule) const;

 private:
  std::array<std::vector<Bits>, axis_count> bits_;
};

/// Bits in both.
Masks::Bits both(const Masks::Bits& a, const Masks::Bits& b);
bool any(const Masks::Bits& bits);
bool share(const Masks::Bits& a, const Masks::Bits& b);

}  // namespace espalier::grid
