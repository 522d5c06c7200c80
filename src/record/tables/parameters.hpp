// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "espalier/core/settings.hpp"
#include "record/rows/table.hpp"

namespace espalier::record {

/// One setting as a table can hold it: numbers and flags (1, 0) as a number, all else as text.
using Plain = std::variant<double, std::string>;

/// A number in its shortest form.
std::string as_text(const Plain& value);

/// Settings as columns: name of the column -> value.
using Flat = std::map<std::string, Plain>;

/// Adds every value of `settings` as column `prefix + name`. A nested choice becomes its kind, and its own values become
/// `name_value`. A name of `taken` becomes `fallback + name` instead.
void flatten(const core::Settings& settings, const std::string& prefix, const std::string& fallback,
             const std::set<std::string>& taken, Flat& out);

/// Columns that hold every row of `rows`: float64 where all values are numbers, else text as wide as its longest value.
class ParameterColumns {
 public:
  void see(const Flat& row);
  /// Appends the columns, sorted by name.
  void add_to(Table& table) const;
  /// NaN or '' where `row` has no such value.
  void write(const Flat& row, Row& out) const;

 private:
  struct Seen {
    bool text = false;
    std::size_t width = 1;
  };
  std::map<std::string, Seen> seen_;
};

}  // namespace espalier::record
