// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "espalier/core/plan.hpp"

namespace espalier::app {

/// The cells that an option such as --only KEY=VALUE selects: KEY is an axis (dataset, topology, seed, train.epochs, ...) or a
/// parameter of the perturbation or noise, such as level. Values of one key are alternatives, keys are conditions that all hold.
class Selection {
 public:
  /// Throws core::UserError when a condition matches no cell; it names `option`.
  Selection(std::vector<std::pair<std::string, std::string>> only, const core::Plan& plan, std::string_view option = "--only");
  bool contains(const core::Cell& cell) const;

 private:
  std::vector<std::pair<std::string, std::string>> only_;
  const core::Plan& plan_;
};

}  // namespace espalier::app
