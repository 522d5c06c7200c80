// SPDX-License-Identifier: BSD-3-Clause
#include "schema.hpp"

#include "espalier/core/error.hpp"

namespace espalier::grid::test {
namespace {

using core::Kind;
using core::Parameter;
using core::Type;
using core::Value;

Parameter level(double max) { return {.name = "level", .min = 0, .max = max}; }

Kind kind(std::string name, std::string family, std::vector<Parameter> parameters, core::Cost cost = {}) {
  return {std::move(name), std::move(family), "", std::move(parameters), [cost](const core::Settings&) { return cost; }};
}

/// An attack of `steps` gradients, with as many draws each as `eot` says.
Kind attack(std::string name, std::vector<Parameter> parameters, double steps) {
  Kind out = kind(std::move(name), "attack", std::move(parameters));
  out.cost = [steps](const core::Settings& settings) {
    return core::Cost{.forward = steps, .backward = steps, .search_draws = settings.has("eot") ? settings.number("eot") : 10};
  };
  return out;
}

/// A section of a file whose cost is its number of epochs.
Kind section(std::string name, std::vector<Parameter> parameters) {
  Kind out = kind(std::move(name), "", std::move(parameters));
  out.cost = [](const core::Settings& settings) { return core::Cost{.forward = settings.number("epochs")}; };
  return out;
}

std::vector<Kind> perturbations() {
  const Parameter images{.name = "images", .type = Type::integer, .min = 1, .optional = true, .evaluation_only = true};
  const Parameter eot{.name = "eot", .type = Type::integer, .min = 1, .optional = true, .evaluation_only = true};
  const Parameter norm{.name = "norm", .type = Type::choice, .choices = {"linf", "l2"}, .default_value = {Value("linf")}};
  const Parameter angle{.name = "level", .min = 0, .max = 180, .alternative_to = "severity"};
  const Parameter severity{.name = "severity", .type = Type::integer, .min = 1, .max = 5, .alternative_to = "level"};
  return {
      kind("none", "none", {}, {.forward = 0}),
      kind("remove-links", "damage",
           {{.name = "order",
             .type = Type::choice,
             .choices = {"random", "weakest", "strongest"},
             .default_value = {Value("random")}},
            level(1)}),
      kind(
          "shuffle-weights", "damage",
          {{.name = "within", .type = Type::choice, .choices = {"network", "layer", "fan-in"}, .default_value = {Value("layer")}},
           level(1)}),
      attack("fgsm", {norm, level(1), images}, 1),
      attack("pgd",
             {norm,
              level(1),
              {.name = "steps", .type = Type::integer, .min = 1, .max = 1000, .default_value = {Value(40.0)}},
              images,
              eot},
             40),
      kind("apgd", "attack",
           {level(1),
            {.name = "loss", .type = Type::choice, .choices = {"ce", "dlr", "targeted-dlr"}, .default_value = {Value("ce")}},
            {.name = "targets",
             .type = Type::integer,
             .min = 1,
             .max = 9,
             .default_value = {Value(9.0)},
             .active_if = {"loss", {"targeted-dlr"}}}}),
      kind("rotate", "input", {angle, severity}, {.forward = 1, .per_image = 1e-4})};
}

std::vector<Kind> structures() {
  const Parameter layer{.name = "layer", .type = Type::integer, .min = 1, .max = 16, .active_if = {"retrain_tail", {"true"}}};
  const Parameter site{.name = "layer", .type = Type::integer, .min = 1, .max = 16};
  const Parameter trace{.name = "trace", .min = 0, .max = 100};
  const Parameter source{.name = "source", .type = Type::nested};
  const Parameter draws{
      .name = "draws", .type = Type::integer, .min = 1, .max = 1000, .default_value = {Value(1.0)}, .evaluation_only = true};
  const Parameter votes{.name = "certificate_draws", .type = Type::integer, .min = 1, .optional = true, .evaluation_only = true};
  const Parameter fit_images{.name = "fit_images", .type = Type::integer, .min = 0, .max = 1000000, .optional = true};
  const Parameter retrain{.name = "retrain_tail", .type = Type::flag, .default_value = {Value(false)}};
  const Parameter inference{.name = "at_inference",
                            .type = Type::flag,
                            .default_value = {Value(true)},
                            .active_if = {"retrain_tail", {"true"}},
                            .evaluation_only = true,
                            .legacy_default = "true"};
  return {kind("none", "none", {retrain, layer}), kind("isotropic", "noise", {site, trace, draws, retrain, votes}),
          kind("diagonal", "noise", {source, site, trace, draws, fit_images, retrain}),
          kind("full", "noise", {source, site, trace, draws, fit_images, retrain, inference}),
          kind("blend", "noise", {source, site, trace, draws, fit_images, retrain, {.name = "alpha", .min = 0, .max = 1}})};
}

Kind train() {
  return section("train",
                 {{.name = "hidden",
                   .type = Type::numbers,
                   .min = 1,
                   .max = 65536,
                   .default_value = {Value(std::vector<double>(3, 1000.0))}},
                  {.name = "epochs", .type = Type::integer, .min = 0, .max = 10000, .default_value = {Value(10.0)}},
                  {.name = "optimizer", .type = Type::choice, .choices = {"adam", "sgd"}, .default_value = {Value("adam")}},
                  {.name = "momentum", .min = 0, .max = 1, .default_value = {Value(0.9)}, .active_if = {"optimizer", {"sgd"}}},
                  {.name = "learning_rate", .min = 1e-9, .max = 10, .default_value = {Value(0.003)}},
                  {.name = "batch", .type = Type::integer, .min = 1, .max = 65536, .default_value = {Value(128.0)}}});
}

}  // namespace

core::Schema schema() {
  const Parameter sparsity{.name = "sparsity", .min = 0, .max = 0.999};
  const Parameter adversarial{.name = "adversarial",
                              .type = Type::choice,
                              .choices = {"none", "pgd"},
                              .default_value = {Value("none")},
                              .legacy_default = "none"};
  const Parameter eps{.name = "adversarial_level", .min = 0, .max = 1, .active_if = {"adversarial", {"pgd"}}};
  const Parameter fraction{.name = "rewire_fraction", .min = 0, .max = 1, .default_value = {Value(0.3)}};
  return {{kind("set", "", {sparsity, fraction}), kind("static", "", {sparsity, adversarial, eps}, {.forward = 6, .backward = 5}),
           kind("dense", "", {}),
           kind("cht", "", {{.name = "sparsity", .min = 0.98, .max = 0.999, .description = "its search is slow"}, fraction})},
          perturbations(),
          structures(),
          train(),
          kind("evaluate", "",
               {{.name = "images", .type = Type::integer, .min = 1, .max = 1000000, .default_value = {Value(10000.0)}},
                {.name = "random_images", .type = Type::flag, .default_value = {Value(true)}, .legacy_default = "false"}}),
          section("tail", {{.name = "epochs", .type = Type::integer, .min = 1, .max = 1000, .default_value = {Value(10.0)}}})};
}

core::Plan plan_of(const std::string& text) { return expand(text, "grid.yaml", schema()); }

std::string mistakes_in(const std::string& text, const Limits& limits) {
  try {
    expand(text, "grid.yaml", schema(), limits);
  } catch (const core::UserError& error) {
    return error.what();
  }
  return "";
}

std::string file_with(const std::string& grid, const std::string& rest) {
  return "espalier: 1\nname: test\nseed: 7\ngrid:\n" + grid + rest;
}

}  // namespace espalier::grid::test
