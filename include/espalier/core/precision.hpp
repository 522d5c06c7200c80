// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "espalier/core/plan.hpp"

namespace espalier::core {

/// Fewest values before the first decision: intervals that may stop at two values miss the mean too often.
inline constexpr std::size_t fewest_values = 3;

/// By how much the interval of `n` values is wider than Student's, because the seeds were taken one after another, at least
/// `at_least` of them: 1 + 1.5 / (at_least sqrt(n)). A fixed sample needs no factor; where the sample ends as soon as the
/// interval is narrow [Chow and Robbins 1965], it ends too early too often. The factor is fitted by simulation:
/// docs/sequential.md.
double widening(std::size_t at_least, std::size_t n);

/// Half the width of the 95 % interval of the mean of normal values that were taken so; infinite for fewer than two.
double half_width(std::span<const double> values, std::size_t at_least);

/// The metric whose values decide: its place in `metrics`.
std::size_t metric_of(const Until& until);

/// Canonical JSON text; equal for equal rules.
std::string canonical(const Until& until);

/// Which cells of a plan are needed, where `until` leaves out the seeds that a group does not need. Seed k of a group is needed
/// where the interval over the seeds before it, all ended, is wider than asked; failed cells and NaN give no value. It follows
/// from the results: the order in which they become known does not matter. Without `until` every cell is needed.
class Precision {
 public:
  explicit Precision(const Plan& plan);

  bool is_needed(std::size_t cell) const { return needed_.empty() || needed_[cell] != 0; }
  /// A cell ended with `value`; NaN: without one. Gives the cells that are needed from now on. A second call changes nothing.
  std::vector<std::size_t> ended(std::size_t cell, double value);

  /// Counts all seeds of groups that wait for cells as needed: which of them are is not known yet.
  void ask_all_of_open_groups();

  /// How the groups stand.
  struct Standing {
    std::size_t groups = 0;
    std::size_t open = 0;            ///< that wait for cells
    std::size_t wide = 0;            ///< that have taken all seeds and are wider than asked
    std::optional<double> widest{};  ///< largest half width of a group that has an interval
  };
  Standing standing() const;

 private:
  struct Group {
    std::size_t asked = 0;         ///< seeds that are needed, from the first on
    std::size_t counted = 0;       ///< seeds that have ended, from the first on
    std::vector<double> values{};  ///< of those
  };

  bool has_ended(const SeedGroup& group, std::size_t seed) const;
  double value(const SeedGroup& group, std::size_t seed) const;
  bool is_precise(const Group& group) const;
  void ask(std::size_t group, std::vector<std::size_t>& fresh);
  void advance(std::size_t group, std::vector<std::size_t>& fresh);

  const Plan* plan_;
  std::vector<Group> groups_;
  std::vector<unsigned char> needed_;                                    ///< per cell; empty without `until`
  std::vector<double> values_;                                           ///< per cell
  std::vector<unsigned char> ended_;                                     ///< per cell
  std::unordered_map<std::size_t, std::vector<std::size_t>> groups_of_;  ///< of a cell
};

}  // namespace espalier::core
