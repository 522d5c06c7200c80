// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/core/kind.hpp"

#include <algorithm>

namespace espalier::core {

const Parameter* Kind::find(std::string_view parameter) const {
  const auto found = std::ranges::find(parameters, parameter, &Parameter::name);
  return found == parameters.end() ? nullptr : &*found;
}

const Kind* find(const Catalogue& catalogue, std::string_view name) {
  const auto found = std::ranges::find(catalogue, name, &Kind::name);
  return found == catalogue.end() ? nullptr : &*found;
}

}  // namespace espalier::core
