// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/train/adversarial.hpp"

#include <cmath>

#include "train/parameters.hpp"

namespace espalier::train {
namespace {

using core::Parameter;
using core::Type;

Parameter only_adversarial(Parameter parameter) {
  parameter.active_if = {"adversarial", {"pgd"}};
  return parameter;
}

}  // namespace

std::vector<Parameter> adversarial_parameters() {
  return {{.name = "adversarial",
           .type = Type::choice,
           .choices = {"none", "pgd"},
           .default_value = {std::string("none")},
           .description = "pgd: adversarial training [Madry et al. 2018], part of every batch is attacked (linf, from a uniform "
                          "start in the ball) with the current network",
           .legacy_default = "none"},
          only_adversarial({.name = "adversarial_level",
                            .min = 0,
                            .max = 1,
                            .unit = "pixel value",
                            .description = "eps of adversarial training, the radius of the ball around each image"}),
          only_adversarial({.name = "adversarial_steps",
                            .type = Type::integer,
                            .min = 1,
                            .max = 10000,
                            .default_value = {10.0},
                            .unit = "steps",
                            .description = "steps of the attack in adversarial training"}),
          only_adversarial({.name = "adversarial_step",
                            .min = 0,
                            .max = 100,
                            .unit = "eps",
                            .description = "length of one of these steps, as a share of eps; absent: 2.5 / adversarial_steps",
                            .optional = true}),
          only_adversarial({.name = "adversarial_share",
                            .min = 0,
                            .max = 1,
                            .default_value = {1.0},
                            .unit = "share",
                            .description = "share of every batch that is attacked; the rest is clean"})};
}

core::Cost training_cost(const core::Settings& topology) {
  const auto adversarial = read_adversarial(topology);
  const double passes = adversarial ? adversarial->share * adversarial->steps : 0;
  return {.forward = 1 + passes, .backward = passes};
}

std::optional<AdversarialSettings> read_adversarial(const core::Settings& topology) {
  if (!topology.has("adversarial") || topology.text("adversarial") == "none") return std::nullopt;
  const bool said = topology.has("adversarial_step");
  return AdversarialSettings{topology.number("adversarial_level"), topology.integer("adversarial_steps"),
                             said ? std::optional(topology.number("adversarial_step")) : std::nullopt,
                             topology.number("adversarial_share")};
}

std::uint32_t AdversarialSettings::of(std::size_t batch) const {
  return static_cast<std::uint32_t>(std::lround(share * static_cast<double>(batch)));
}

}  // namespace espalier::train
