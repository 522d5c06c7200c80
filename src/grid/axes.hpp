// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "grid/choices.hpp"
#include "grid/layout.hpp"
#include "grid/sections.hpp"

namespace espalier::grid {

/// One value of an axis: a plain value, or a kind with its settings.
using AxisValue = std::variant<core::Value, Choice>;

/// What one point of the grid says.
struct Point {
  std::string dataset{};
  const Choice* topology = nullptr;
  double sparsity = 0;
  int seed = 0;
  Values train{};  ///< settings of `train` that are axes
  const Choice* perturbation = nullptr;
  const Choice* noise = nullptr;
  Values tail{};  ///< settings of `tail` that are axes
};

struct DatasetNames {};

/// The values of an axis of plain values.
struct PlainValues {
  core::Parameter parameter;
  std::optional<double> default_step{};  ///< of a range that does not give one
};

/// One axis that a grid may have. This is all that the grid knows of it: reading, exclusion, expansion and summary use nothing
/// else.
struct AxisKind {
  std::string name;
  std::variant<DatasetNames, PlainValues, ChoiceAxis> domain;
  std::function<void(const AxisValue&, Point&)> set;
  bool of_model = true;   ///< decides which model it is; the others decide how a model is evaluated
  bool required = false;  ///< without it: kind "none", or 0 for numbers
};

/// All axes of a grid, slowest first: the ones that every grid has, then the settings of `train` and `tail` that `layout` names.
std::vector<AxisKind> axis_kinds(const Layout& layout, const Sections& sections, const core::Schema& schema);

/// Names of the axes that every grid can have.
const std::vector<std::string>& axis_names();

/// An axis with the values that the file gives.
struct Axis {
  AxisKind kind;
  std::vector<AxisValue> values;
  std::size_t group = 0;  ///< zipped axes share a group: they take their values together
  bool absent = false;    ///< optional, and not in the file
};

/// The settings of a value of an axis of kinds.
inline const core::Settings& settings_of(const AxisValue& value) { return std::get<Choice>(value).settings; }

/// The axis `name`, which every grid has.
const Axis& find_axis(const std::vector<Axis>& axes, std::string_view name);

/// Whether the layers of `topology` have a sparsity.
bool is_sparse(const core::Schema& schema, const core::Settings& topology);

/// Reads the values of all axes.
std::vector<Axis> read_axes(const Layout& layout, const std::vector<AxisKind>& kinds, Context& context);

}  // namespace espalier::grid
