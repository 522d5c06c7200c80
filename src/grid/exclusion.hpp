// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "grid/axes.hpp"
#include "grid/product.hpp"

namespace espalier::grid {

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
  std::map<std::string, Alternatives> axes{};  ///< by the name of the axis
};

/// `kinds` are the axes that a rule may name.
std::vector<Rule> read_rules(const Node& root, const std::vector<AxisKind>& kinds, Context& context);

/// Reads a map of axis values; `what` names it in messages.
Rule read_rule(const Node& map, const std::vector<AxisKind>& kinds, Context& context, const std::string& what);

/// Whether the rule accepts the value on `axis` (an axis that the rule does not name accepts everything).
bool accepts(const Rule& rule, const std::string& axis, const AxisValue& value);

/// For every value of every axis one bit per rule: a cell is left out where all its values share a bit.
class Masks {
 public:
  using Bits = std::vector<std::uint64_t>;

  Masks(const std::vector<Rule>& rules, const std::vector<Axis>& axes);

  const Bits& of(std::size_t axis, std::size_t value) const { return bits_[axis][value]; }
  /// The bits that the values of a point of `product` share.
  Bits of(const Product& product, std::uint64_t point) const;
  /// The cells of the whole product that rule `rule` leaves out.
  std::uint64_t count(std::size_t rule) const;

 private:
  const std::vector<Axis>& axes_;
  std::vector<std::vector<Bits>> bits_;
};

bool any(const Masks::Bits& bits);
bool share(const Masks::Bits& a, const Masks::Bits& b);

}  // namespace espalier::grid
