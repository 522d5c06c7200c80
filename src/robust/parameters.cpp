// SPDX-License-Identifier: BSD-3-Clause
#include "robust/parameters.hpp"

#include <utility>

namespace espalier::robust {

core::Parameter number(std::string name, double min, double max, std::string unit, std::string description) {
  core::Parameter parameter;
  parameter.name = std::move(name);
  parameter.min = min;
  parameter.max = max;
  parameter.unit = std::move(unit);
  parameter.description = std::move(description);
  return parameter;
}

core::Parameter number(std::string name, double min, double max, double default_value, std::string unit,
                       std::string description) {
  core::Parameter parameter = number(std::move(name), min, max, std::move(unit), std::move(description));
  parameter.default_value = {core::Value(default_value)};
  return parameter;
}

core::Parameter integer(std::string name, double min, double max, double default_value, std::string unit,
                        std::string description) {
  core::Parameter parameter = number(std::move(name), min, max, default_value, std::move(unit), std::move(description));
  parameter.type = core::Type::integer;
  return parameter;
}

core::Parameter flag(std::string name, bool default_value, std::string description) {
  core::Parameter parameter;
  parameter.name = std::move(name);
  parameter.type = core::Type::flag;
  parameter.default_value = {core::Value(default_value)};
  parameter.description = std::move(description);
  return parameter;
}

core::Parameter choice(std::string name, std::vector<std::string> choices, std::string description) {
  core::Parameter parameter;
  parameter.name = std::move(name);
  parameter.type = core::Type::choice;
  parameter.default_value = {core::Value(choices.at(0))};
  parameter.choices = std::move(choices);
  parameter.description = std::move(description);
  return parameter;
}

core::Parameter images() {
  core::Parameter parameter = images(0);
  parameter.default_value.clear();
  parameter.optional = true;
  return parameter;
}

core::Parameter images(double default_value) {
  core::Parameter parameter =
      integer("images", 1, 4e9, default_value, "images", "number of test images; absent: as in 'evaluate'");
  parameter.evaluation_only = true;
  return parameter;
}

core::Parameter replicate() {
  return integer("replicate", 0, 1e6, 0, "1", "independent repetition of the random damage at one seed");
}

}  // namespace espalier::robust
