// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/core/component.hpp"

#include <fmt/core.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace espalier::core {

void check_absent(const Parameter& parameter, const Settings& settings) {
  const bool may_be =
      parameter.optional || parameter.evaluation_only || !parameter.active_if.first.empty() || !parameter.alternative_to.empty();
  if (!may_be) throw std::logic_error(fmt::format("'{}' has no parameter '{}'", settings.kind, parameter.name));
}

void check_bound(const std::vector<Parameter>& parameters, const Settings& settings) {
  for (const auto& [name, value] : settings.values)
    if (name != "definition" && std::ranges::find(parameters, name, &Parameter::name) == parameters.end())
      throw std::logic_error(fmt::format("nothing is bound to parameter '{}' of '{}'", name, settings.kind));
}

void take(const Settings& from, const std::string& name, double& to) { to = from.number(name); }
void take(const Settings& from, const std::string& name, int& to) { to = from.integer(name); }
void take(const Settings& from, const std::string& name, std::uint32_t& to) {
  const double x = from.number(name);
  if (!(x >= 0 && x <= std::numeric_limits<std::uint32_t>::max() && std::floor(x) == x))
    throw std::logic_error(fmt::format("parameter '{}' of '{}' is {}, not a whole number from 0 on", name, from.kind, x));
  to = static_cast<std::uint32_t>(x);
}
void take(const Settings& from, const std::string& name, bool& to) { to = from.flag(name); }
void take(const Settings& from, const std::string& name, std::string& to) { to = from.text(name); }
void take(const Settings& from, const std::string& name, std::vector<double>& to) { to = from.numbers(name); }
void take(const Settings& from, const std::string& name, Settings& to) { to = from.nested(name); }

Value value_of_member(double member) { return member; }
Value value_of_member(int member) { return static_cast<double>(member); }
Value value_of_member(std::uint32_t member) { return static_cast<double>(member); }
Value value_of_member(bool member) { return member; }
Value value_of_member(const std::string& member) { return member; }
Value value_of_member(const std::vector<double>& member) { return member; }
Value value_of_member(const Settings& member) { return std::vector{member}; }

void refuse_word(const Settings& from, const std::string& name) {
  throw std::logic_error(fmt::format("parameter '{}' of '{}' has no choice '{}'", name, from.kind, from.text(name)));
}

}  // namespace espalier::core
