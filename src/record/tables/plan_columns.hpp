// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// What the tables of a plan share: columns of axes, widths of texts.

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "espalier/core/axes.hpp"
#include "record/rows/table.hpp"

namespace espalier::record {

/// A count or a place as columns take numbers; exact up to 2^53.
inline double number(std::uint64_t x) { return static_cast<double>(x); }

/// Bytes of the longest text of the rows, at least 1.
template <typename Rows, typename Text>
std::size_t widest(const Rows& rows, Text text) {
  std::size_t width = 1;
  for (const auto& row : rows) width = std::max<std::size_t>(width, text(row).size());
  return width;
}

/// Adds the column of an axis; `width` is that of its texts.
void add_axis(Table& table, const core::AxisField& axis, std::size_t width);
void write_axis(Row& row, const core::AxisField& axis, const core::Value& value);

/// Adds the columns of the axes that decide the model.
void add_model_axes(Table& table, const std::vector<core::ModelSpec>& models);
void write_model_axes(Row& row, const core::ModelSpec& model);

std::set<std::string> names_of(const Table& table);
core::Settings without(core::Settings settings, const std::set<std::string>& names);

}  // namespace espalier::record
