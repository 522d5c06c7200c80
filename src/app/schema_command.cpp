// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "app/commands.hpp"
#include "app/console.hpp"
#include "app/experiment.hpp"
#include "espalier/core/metrics.hpp"
#include "espalier/core/precision.hpp"

// A JSON Schema (draft 7) of the grid file. It accepts every valid grid; what only the whole grid shows (duplicate cells, layers
// that the network does not have) is left to `espalier plan`.
namespace espalier::app {
namespace {

using nlohmann::json;

json reference(const std::string& definition) { return {{"$ref", "#/definitions/" + definition}}; }

/// One value, or a list of values.
json one_or_list(const json& value) { return {{"anyOf", {value, {{"type", "array"}, {"items", value}, {"minItems", 1}}}}}; }

json bounded_number(const core::Parameter& p) {
  json number{{"type", p.type == core::Type::integer ? "integer" : "number"}};
  if (std::isfinite(p.min)) number["minimum"] = p.min;
  if (std::isfinite(p.max)) number["maximum"] = p.max;
  return number;
}

json properties_of(const std::vector<core::Parameter>& parameters, json (*form)(const core::Parameter&));

/// One of the maps in the list of a parameter.
json map_of(const core::Parameter& p) {
  json maps = json::array();
  for (const auto& alternative : p.maps)
    maps.push_back({{"type", "object"},
                    {"properties", properties_of(alternative, bounded_number)},
                    {"required", {alternative.front().name}},
                    {"additionalProperties", false}});
  return {{"anyOf", maps}};
}

/// What one value of the parameter can be, outside of a list.
json value_of(const core::Parameter& p) {
  switch (p.type) {
    case core::Type::flag:
      return {{"type", "boolean"}};
    case core::Type::choice:
      return {{"enum", p.choices}};
    case core::Type::nested:
      return {{"anyOf", {reference("perturbation"), {{"const", "matched"}}}}};
    case core::Type::maps:
      return map_of(p);
    case core::Type::number:
    case core::Type::integer:
    case core::Type::numbers:
      return {{"anyOf", {bounded_number(p), reference("fraction")}}};
  }
  return {};
}

bool is_list(const core::Parameter& p) { return p.type == core::Type::numbers || p.type == core::Type::maps; }

/// The parameter in an entry of an axis, where several values make several cells.
json axis_of(const core::Parameter& p) {
  json value = value_of(p);
  if (is_list(p)) return one_or_list({{"type", "array"}, {"items", value}, {"minItems", 1}});
  if (p.type == core::Type::number || p.type == core::Type::integer) value["anyOf"].push_back(reference("range"));
  return one_or_list(value);
}

/// The parameter in a section, which has one value.
json setting_of(const core::Parameter& p) {
  if (!is_list(p)) return value_of(p);
  return {{"type", "array"}, {"items", value_of(p)}, {"minItems", 1}};
}

json described(json value, const core::Parameter& p) {
  value["description"] = p.description + (p.unit == "1" || p.unit.empty() ? "" : " [" + p.unit + "]");
  if (!p.default_value.empty() && p.type != core::Type::nested)
    value["default"] = json::parse(core::canonical(p.default_value.front()));
  return value;
}

json properties_of(const std::vector<core::Parameter>& parameters, json (*form)(const core::Parameter&)) {
  json properties = json::object();
  for (const core::Parameter& p : parameters) properties[p.name] = described(form(p), p);
  return properties;
}

/// An entry of an axis: a kind's name, or a map with `key` (the kind, or several) and its parameters.
json entry_of(const core::Catalogue& kinds, const std::string& key) {
  json names = json::array(), rules = json::array(), all = json::object();
  for (const core::Kind& kind : kinds) {
    names.push_back(kind.name);
    json own = properties_of(kind.parameters, axis_of);
    for (const auto& [name, value] : own.items()) all[name] = json::object();
    own[key] = json::object();
    rules.push_back({{"if", {{"properties", {{key, {{"const", kind.name}}}}}, {"required", {key}}}},
                     {"then", {{"description", kind.description}, {"properties", own}, {"additionalProperties", false}}}});
  }
  all[key] = one_or_list({{"enum", names}});
  const json map{{"type", "object"}, {"properties", all}, {"required", {key}}, {"additionalProperties", false}, {"allOf", rules}};
  return {{"anyOf", {{{"enum", names}}, map}}};
}

json section_of(const std::string& description, json properties) {
  return {
      {"type", "object"}, {"description", description}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

json train_section(const core::Schema& all) {
  json properties = properties_of(all.train.parameters, setting_of);
  for (const core::Kind& topology : all.topologies)
    for (const core::Parameter& p : topology.parameters)
      if (p.name != "sparsity") properties[p.name] = described(setting_of(p), p);
  return section_of(all.train.description, std::move(properties));
}

json evaluate_section(const core::Schema& all) {
  json properties = properties_of(all.evaluate.parameters, setting_of);
  const json first{{"type", "object"},
                   {"properties", {{"first", {{"type", "integer"}, {"minimum", 1}}}}},
                   {"required", {"first"}},
                   {"additionalProperties", false}};
  properties["images"]["anyOf"].push_back(first);
  return section_of(all.evaluate.description, std::move(properties));
}

/// The axes of a grid: those that every grid has, and the settings of `train` and `tail`.
json axes(const core::Schema& all) {
  const std::string variable = R"(\$\{[A-Za-z_][A-Za-z0-9_]*:-[^}]*\})";
  const json name{{"type", "string"}, {"pattern", "^([A-Za-z0-9_]|" + variable + ")([A-Za-z0-9_.-]|" + variable + ")*$"}};
  const json share{{"anyOf", {{{"type", "number"}, {"minimum", 0}, {"maximum", 1}}, reference("fraction"), reference("range")}}};
  const json seed{{"anyOf", {{{"type", "integer"}, {"minimum", 0}}, reference("range")}}};
  json seeds = one_or_list(seed);
  seeds["anyOf"].push_back(reference("seeds_until"));
  json axes{{"dataset", one_or_list(name)},
            {"topology", one_or_list(reference("topology"))},
            {"sparsity", one_or_list(share)},
            {"seed", seeds},
            {"perturbation", one_or_list(reference("perturbation"))},
            {"noise", one_or_list(reference("noise"))}};
  for (const core::Kind* section : {&all.train, &all.tail})
    for (const core::Parameter& p : section->parameters) axes[section->name + "." + p.name] = described(axis_of(p), p);
  return axes;
}

/// The section `grid`: axes, and groups of axes that vary together.
json grid_section(const core::Schema& all) {
  json properties = axes(all);
  json group{{"type", "object"}, {"properties", properties}, {"minProperties", 2}, {"additionalProperties", false}};
  properties["zip"] = one_or_list(group);
  properties["zip"]["description"] = "axes that take their values together, the first with the first, and so on";
  return {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
}

/// {from, to, step} or {from, to, count, scale}.
json range() {
  const json number{{"anyOf", {{{"type", "number"}}, reference("fraction")}}};
  return {{"type", "object"},
          {"properties",
           {{"from", number},
            {"to", number},
            {"step", number},
            {"count", {{"type", "integer"}, {"minimum", 2}, {"maximum", 1000000}}},
            {"scale", {{"enum", {"linear", "log"}}}}}},
          {"required", {"from", "to"}},
          {"dependencies", {{"scale", {"count"}}, {"step", {{"not", {{"required", {"count"}}}}}}}},
          {"additionalProperties", false}};
}

/// A range of seeds that are taken one after another.
json seeds_until() {
  json of{"difference"};
  for (const core::Metric& metric : core::metrics) of.push_back(metric.name);
  json until{{"type", "object"},
             {"description", "the next seed of a group of cells runs while the 95 % interval is wider than asked"},
             {"properties",
              {{"half_width", {{"anyOf", {{{"type", "number"}, {"exclusiveMinimum", 0}}, reference("fraction")}}}},
               {"of", {{"enum", of}}},
               {"at_least", {{"type", "integer"}, {"minimum", core::fewest_values}}},
               {"against", {{"type", "object"}, {"minProperties", 1}}}}},
             {"required", {"half_width", "of", "at_least"}},
             {"additionalProperties", false}};
  json seeds = range();
  seeds["properties"]["until"] = std::move(until);
  seeds["required"].push_back("until");
  return seeds;
}

json definitions(const core::Schema& all) {
  return {{"fraction", {{"type", "string"}, {"pattern", "^[-+]?[0-9.]+([eE][-+]?[0-9]+)?/[0-9.]+([eE][-+]?[0-9]+)?$"}}},
          {"range", range()},
          {"seeds_until", seeds_until()},
          {"topology", entry_of(all.topologies, "kind")},
          {"perturbation", entry_of(all.perturbations, "kind")},
          {"noise", entry_of(all.structures, "structure")}};
}

json exclude_rules(const core::Schema& all) {
  json rule = json::object();
  const json named = axes(all);
  for (const auto& [axis, values] : named.items()) rule[axis] = json::object();
  return one_or_list({{"type", "object"}, {"properties", rule}, {"minProperties", 1}, {"additionalProperties", false}});
}

/// What a file that includes no other needs.
json whole_file() {
  return {{"required", {"espalier", "name", "seed", "grid"}},
          {"properties", {{"grid", {{"anyOf", {{{"required", {"dataset", "topology", "seed"}}}, {{"required", {"zip"}}}}}}}}}};
}

}  // namespace

core::ExitCode schema_command() {
  const core::Schema all = schema();
  const json path{{"type", "string"}, {"minLength", 1}, {"description", "path of a grid file, relative to this one"}};
  const json properties{{"include", one_or_list(path)},
                        {"espalier", {{"const", 1}, {"description", "format version"}}},
                        {"name", {{"type", "string"}, {"minLength", 1}, {"description", "name of the experiment"}}},
                        {"seed", {{"type", "integer"}, {"minimum", 0}, {"description", "master seed of all random draws"}}},
                        {"grid", grid_section(all)},
                        {"exclude", exclude_rules(all)},
                        {"train", train_section(all)},
                        {"evaluate", evaluate_section(all)},
                        {"tail", section_of(all.tail.description, properties_of(all.tail.parameters, setting_of))}};
  const json document{{"$schema", "http://json-schema.org/draft-07/schema#"},
                      {"title", "espalier grid file"},
                      {"type", "object"},
                      {"definitions", definitions(all)},
                      {"properties", properties},
                      {"patternProperties", {{"^x-", json::object()}}},
                      {"anyOf", {{{"required", {"include"}}}, whole_file()}},
                      {"additionalProperties", false}};
  print_to(stdout, "{}\n", document.dump(2));
  return core::ExitCode::done;
}

}  // namespace espalier::app
