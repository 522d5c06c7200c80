// SPDX-License-Identifier: BSD-3-Clause
#include "train/parameters.hpp"

namespace espalier::train {

using core::Parameter;
using core::Type;

Parameter sparsity_parameter(double min) {
  return {.name = "sparsity",
          .min = min,
          .max = 0.9999,
          .default_value = {0.99},
          .unit = "share",
          .description = "share of the possible links of the hidden layers that are absent; the output layer is dense"};
}

Parameter links_parameter() {
  return {.name = "links",
          .type = Type::choice,
          .choices = {"uniform", "fixed-fan-in", "er", "erk"},
          .default_value = {std::string("uniform")},
          .description =
              "initial links: same sparsity in every layer, random or with the same number per neuron; or "
              "density proportional to (D + K) / (D K) [Erdos-Renyi, Mocanu et al. 2018] at the same total, where "
              "er drops the links that exceed a full layer, erk moves them to the other layers ('er' is sparser than asked; see "
              "plan)"};
}

std::vector<Parameter> rewiring_parameters(const std::string& decay, double min_sparsity) {
  return {sparsity_parameter(min_sparsity),
          links_parameter(),
          {.name = "rewire_fraction",
           .min = 0,
           .max = 1,
           .default_value = {0.3},
           .unit = "share",
           .description = "share of the links that is pruned and grown again"},
          {.name = "rewire_decay",
           .type = Type::choice,
           .choices = {"constant", "cosine"},
           .default_value = {decay},
           .description = "schedule of the rewired share over the epochs; cosine falls to 0 at the last epoch that rewires"},
          {.name = "rewire_every",
           .type = Type::integer,
           .min = 1,
           .max = 100000,
           .default_value = {1.0},
           .unit = "epochs",
           .description = "epochs between two rewirings"},
          {.name = "rewire_until",
           .min = 0,
           .max = 1,
           .default_value = {1.0},
           .unit = "share",
           .description = "share of the epochs after which links no longer change; no rewiring follows the last epoch"}};
}

}  // namespace espalier::train
