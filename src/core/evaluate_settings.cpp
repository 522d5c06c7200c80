// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/core/evaluate_settings.hpp"

#include "espalier/core/component.hpp"

namespace espalier::core {
namespace {

const Binding<EvaluateSettings>& binding() {
  static const Binding<EvaluateSettings> all{
      setting("images", &EvaluateSettings::images, {1, 10'000'000}, "images",
              "number of test images, a random sample of the seed; {first: N} takes the first N")
          .usually(10000.0),
      flag("random_images", &EvaluateSettings::random_images,
           "the sample is random, the same for all networks of a seed; false: the first images")
          .legacy("false")};
  return all;
}

}  // namespace

Kind evaluate_settings() {
  return {.name = "evaluate",
          .family = "settings",
          .description = "settings of the evaluation of every cell",
          .parameters = binding().parameters()};
}

EvaluateSettings read_evaluate(const Settings& evaluate) { return binding().read_some(evaluate); }

}  // namespace espalier::core
