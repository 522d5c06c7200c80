// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "espalier/core/plan.hpp"

namespace espalier::core {

/// An axis of the grid as rows show it: its columns in /models and /cells, its key in `--only` and in the list of the cells.
struct AxisField {
  std::string_view name;
  std::string_view unit;
  std::string_view description;
  bool whole_numbers = false;
  Value (*of_model)(const ModelSpec&) = nullptr;  ///< of an axis that decides the model
  Value (*of_cell)(const Cell&) = nullptr;        ///< of every other axis
};

inline constexpr std::array axis_fields{
    AxisField{"dataset", "text", "data set", false, [](const ModelSpec& m) { return Value(m.dataset); }},
    AxisField{"topology", "text", "update rule of the sparse links between epochs", false,
              [](const ModelSpec& m) { return Value(m.topology.kind); }},
    AxisField{"sparsity", "share", "of the sparse layers; 0 for dense topologies", false,
              [](const ModelSpec& m) { return Value(m.sparsity); }},
    AxisField{"seed", "1", "seed of the replicate", true, [](const ModelSpec& m) { return Value(static_cast<double>(m.seed)); }},
    AxisField{"perturbation", "text", "kind of perturbation", false, nullptr,
              [](const Cell& c) { return Value(c.perturbation->kind); }},
    AxisField{"noise", "text", "structure of the noise", false, nullptr, [](const Cell& c) { return Value(c.noise->kind); }},
};

/// The value of a cell on an axis.
Value value_of(const AxisField& axis, const Plan& plan, const Cell& cell);

/// The value of a cell for `key`: an axis, a setting `train.NAME` or `tail.NAME`, or a parameter of its perturbation or noise.
std::optional<Value> value_of(std::string_view key, const Plan& plan, const Cell& cell);

/// A value as people read it: a word as it is, everything else canonical.
std::string plain_text(const Value& value);

}  // namespace espalier::core
