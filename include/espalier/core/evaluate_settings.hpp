// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "espalier/core/setting.hpp"

namespace espalier::core {

/// The `evaluate` section of a grid file. Members are as initialised where a cell has no such setting.
struct EvaluateSettings {
  std::uint32_t images = 0;
  bool random_images = true;
};

Kind evaluate_settings();
EvaluateSettings read_evaluate(const Settings& evaluate);

}  // namespace espalier::core
