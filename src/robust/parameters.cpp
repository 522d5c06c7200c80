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

core::Parameter number(std::string name, double min, double max, double fallback, std::string unit, std::string description) {
  core::Parameter parameter = number(std::move(name), min, max, std::move(unit), std::move(description));
  parameter.fallback = {core::Value(fallback)};
  return parameter;
}

core::Parameter integer(std::string name, double min, double max, double fallback, std::string unit, std::string description) {
  core::Parameter parameter = number(std::move(name), min, max, fallback, std::move(unit), std::move(description));
  parameter.type = core::Type::integer;
  return parameter;
}

core::Parameter flag(std::string name, bool fallback, std::string description) {
  core::Parameter parameter;
  parameter.name = std::move(name);
  parameter.type = core::Type::flag;
  parameter.fallback = {core::Value(fallback)};
  parameter.description = std::move(description);
  return parameter;
}

core::Parameter choice(std::string name, std::vector<std::string> choices, std::string description) {
  core::Parameter parameter;
  parameter.name = std::move(name);
  parameter.type = core::Type::choice;
  parameter.fallback = {core::Value(choices.at(0))};
  parameter.choices = std::move(choices);
  parameter.description = std::move(description);
  return parameter;
}

core::Parameter images() {
  core::Parameter parameter = images(0);
  parameter.fallback.clear();
  parameter.optional = true;
  return parameter;
}

core::Parameter images(double fallback) {
  core::Parameter parameter = integer("images", 1, 4e9, fallback, "images", "number of test images; absent: as in 'evaluate'");
  parameter.judging = true;
  return parameter;
}

core::Parameter replicate() {
  return integer("replicate", 0, 1e6, 0, "1", "independent repetition of the random damage at one seed");
}

}  // namespace espalier::robust
