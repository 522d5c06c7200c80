// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "train/parameters.hpp"

namespace espalier::train {

const std::vector<Rule>& rules() {
  static const std::vector<Rule> all{
      dense_rule(), dense_small_rule(), static_rule(), set_rule(), rigl_rule(), random_rule(), cht_rule(),
  };
  return all;
}

const Rule& rule(std::string_view kind) {
  const auto found = std::ranges::find_if(rules(), [&](const Rule& r) { return r.kind.name == kind; });
  if (found == rules().end()) throw std::logic_error(fmt::format("there is no topology rule '{}'", kind));
  return *found;
}

core::Catalogue topologies() {
  core::Catalogue kinds;
  for (const Rule& r : rules()) kinds.push_back(r.kind);
  return kinds;
}

}  // namespace espalier::train
