// SPDX-License-Identifier: BSD-3-Clause
#include "noise/parameters.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace espalier::noise {
namespace {

core::Parameter layer() {
  return integer("layer", 1, 1000, 1, "1", "hidden layer, from 1; the noise is added after its activation function");
}

core::Parameter retrain_tail() {
  core::Parameter parameter;
  parameter.name = "retrain_tail";
  parameter.type = core::Type::flag;
  parameter.default_value = {core::Value(false)};
  parameter.description =
      "reset the weights of the layers above the noise and train them on the same links with the noise, while the layers below "
      "are frozen; settings in section 'tail'";
  return parameter;
}

core::Parameter at_inference() {
  core::Parameter parameter;
  parameter.name = "at_inference";
  parameter.type = core::Type::flag;
  parameter.default_value = {core::Value(true)};
  parameter.description = "false: the noise is on while the tail is retrained and off during evaluation and attacks";
  parameter.active_if = {"retrain_tail", {"true"}};
  parameter.evaluation_only = true;
  parameter.legacy_default = "true";
  return parameter;
}

core::Parameter evaluation_only(core::Parameter parameter) {
  parameter.evaluation_only = true;
  return parameter;
}

std::vector<core::Parameter> certificate_parameters() {
  core::Parameter asked =
      evaluation_only({.name = "certificate", .type = core::Type::flag, .default_value = {core::Value(false)}});
  asked.legacy_default = "false";
  asked.description =
      "also compute the shift sqrt(d' S^-1 d) of the activations of the layer under the perturbation, and the share of images "
      "with a certified class";
  core::Parameter draws = evaluation_only(integer("certificate_draws", 1, 1e7, 1000, "1", "draws that vote on each clean image"));
  core::Parameter confidence =
      evaluation_only(number("certificate_confidence", 0.5, 0.9999999, 0.999, "share", "confidence of the bound of each image"));
  draws.active_if = confidence.active_if = {"certificate", {"true"}};
  return {asked, draws, confidence};
}

core::Parameter source() {
  core::Parameter parameter;
  parameter.name = "source";
  parameter.type = core::Type::nested;
  parameter.description =
      "perturbation whose effect on the layer's activations is fitted on training images; 'matched': the cell's own";
  return parameter;
}

}  // namespace

core::Parameter number(std::string name, double min, double max, double default_value, std::string unit,
                       std::string description) {
  core::Parameter p;
  p.name = std::move(name);
  p.min = min;
  p.max = max;
  p.default_value = {core::Value(default_value)};
  p.unit = std::move(unit);
  p.description = std::move(description);
  return p;
}

core::Parameter integer(std::string name, double min, double max, double default_value, std::string unit,
                        std::string description) {
  core::Parameter p = number(std::move(name), min, max, default_value, std::move(unit), std::move(description));
  p.type = core::Type::integer;
  return p;
}

core::Parameter optional(core::Parameter parameter) {
  parameter.default_value.clear();
  parameter.optional = true;
  return parameter;
}

std::vector<core::Parameter> baseline_parameters() {
  core::Parameter site = layer();
  site.active_if = {"retrain_tail", {"true"}};
  return {site, retrain_tail()};
}

std::vector<core::Parameter> noise_parameters() {
  std::vector<core::Parameter> all{
      layer(), number("trace", 0, 1e6, 1, "1", "trace(S) = trace * units of the layer"),
      evaluation_only(integer("draws", 1, 1e6, 10, "1", "draws per prediction, which uses their mean logits")), retrain_tail(),
      at_inference()};
  std::ranges::move(certificate_parameters(), std::back_inserter(all));
  return all;
}

std::vector<core::Parameter> fitted_parameters() {
  std::vector<core::Parameter> all = noise_parameters();
  all.insert(all.begin(), source());
  all.push_back(
      optional(integer("fit_images", 0, 1e9, 0, "images",
                       "training images of the fit, starting with the first; 0: all; absent: 10000 for attacks, else all")));
  return all;
}

core::Kind noise_kind(std::string name, std::string description, std::vector<core::Parameter> parameters, double per_unit,
                      double per_link) {
  constexpr double normal = 1.8e-9, multiply_add = 1e-11;  // seconds, as espalier_bench measures noise/diagonal and noise/full
  return {.name = std::move(name),
          .family = "noise",
          .description = std::move(description),
          .parameters = std::move(parameters),
          .cost =
              [per_unit, per_link](const core::Settings&) {
                return core::Cost{.per_unit = normal * per_unit, .per_link = multiply_add * per_link};
              },
          .definition = 2};  // triangular factors; noise of the last hidden layer is drawn at the logits
}

}  // namespace espalier::noise
