// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <cmath>

#include "app/commands.hpp"
#include "app/console.hpp"
#include "app/experiment.hpp"
#include "espalier/core/nearest.hpp"

namespace espalier::app {
namespace {

/// "list of {conv, kernel = 3, padding = 0}, {pool}, {dense}".
std::string allowed_maps(const core::Parameter& p) {
  std::string text;
  for (const auto& alternative : p.maps) {
    std::string keys;
    for (const core::Parameter& part : alternative)
      keys += (keys.empty() ? "" : ", ") + part.name +
              (part.default_value.empty() ? "" : " = " + core::canonical(part.default_value.front()));
    text += (text.empty() ? "list of {" : ", {") + keys + "}";
  }
  return text;
}

std::string allowed(const core::Parameter& p) {
  switch (p.type) {
    case core::Type::flag:
      return "true or false";
    case core::Type::nested:
      return "a perturbation, or 'matched'";
    case core::Type::choice: {
      std::string text;
      for (const std::string& choice : p.choices) text += (text.empty() ? "" : " | ") + choice;
      return text;
    }
    case core::Type::maps:
      return allowed_maps(p);
    case core::Type::number:
    case core::Type::integer:
    case core::Type::numbers:
      break;
  }
  const std::string what = p.type == core::Type::numbers   ? "list of numbers"
                           : p.type == core::Type::integer ? "integer"
                                                           : "number";
  if (std::isinf(p.min) && std::isinf(p.max)) return what;
  if (std::isinf(p.max)) return fmt::format("{} >= {}", what, core::canonical(p.min));
  return fmt::format("{}, {} to {}", what, core::canonical(p.min), core::canonical(p.max));
}

void print_kind(const std::string& axis, const core::Kind& kind) {
  print_to(stdout, "{} {}: {}\n", axis, kind.name, kind.description);
  for (const core::Parameter& p : kind.parameters) {
    const std::string default_value = !p.default_value.empty()    ? "default " + core::canonical(p.default_value.front())
                                      : p.optional                ? "optional"
                                      : !p.alternative_to.empty() ? "or '" + p.alternative_to + "' instead"
                                                                  : "required";
    print_to(stdout, "  {:<16} {} ({}; {}) {}\n", p.name, p.description, allowed(p), default_value,
             p.unit == "1" ? "" : "[" + p.unit + "]");
    if (!p.active_if.first.empty()) {
      std::string values;
      for (const std::string& value : p.active_if.second) values += (values.empty() ? "" : " or ") + value;
      print_to(stdout, "  {:<16} only where {} is {}\n", "", p.active_if.first, values);
    }
  }
}

struct Shelf {
  std::string axis;
  core::Catalogue kinds;
};

}  // namespace

core::ExitCode kinds_command(const Options& options) {
  const core::Schema all = schema();
  const std::vector<Shelf> shelves{{"topology", all.topologies},
                                   {"perturbation", all.perturbations},
                                   {"noise", all.structures},
                                   {"settings", {all.train, all.tail, all.evaluate}}};
  bool found = false;
  std::vector<std::string> names;
  for (const Shelf& shelf : shelves) {
    if (options.kind.empty()) print_to(stdout, "{}\n", shelf.axis);
    for (const core::Kind& kind : shelf.kinds) {
      if (options.kind.empty()) print_to(stdout, "  {:<16} {}\n", kind.name, kind.description);
      names.push_back(kind.name);
      if (options.kind != kind.name) continue;
      print_kind(shelf.axis, kind);
      found = true;
    }
  }
  const std::string near = found ? "" : core::nearest(options.kind, names);
  if (!found && !options.kind.empty())
    throw core::UserError(fmt::format("unknown kind '{}'{}; list all kinds with espalier kinds", options.kind,
                                      near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near)));
  return core::ExitCode::done;
}

}  // namespace espalier::app
