// SPDX-License-Identifier: BSD-3-Clause
#include "record/tables/parameters.hpp"

#include <algorithm>
#include <limits>

namespace espalier::record {
namespace {

struct ToPlain {
  Plain operator()(bool x) const { return x ? 1.0 : 0.0; }
  Plain operator()(double x) const { return x; }
  Plain operator()(const std::string& x) const { return x; }
  Plain operator()(const std::vector<double>& x) const { return core::canonical(core::Value(x)); }
  Plain operator()(const std::vector<core::Settings>& x) const { return x.empty() ? "" : x[0].kind; }
};

}  // namespace

std::string as_text(const Plain& value) {
  const double* number = std::get_if<double>(&value);
  return number ? core::canonical(*number) : std::get<std::string>(value);
}

void flatten(const core::Settings& settings, const std::string& prefix, const std::string& fallback,
             const std::set<std::string>& taken, Flat& out) {
  for (const auto& [name, value] : settings.values) {
    const std::string column = taken.contains(prefix + name) ? fallback + name : prefix + name;
    out.insert_or_assign(column, std::visit(ToPlain{}, value));
    const auto* nested = std::get_if<std::vector<core::Settings>>(&value);
    if (nested && !nested->empty()) flatten(nested->front(), column + "_", column + "_", taken, out);
  }
}

void ParameterColumns::see(const Flat& row) {
  for (const auto& [name, value] : row) {
    Seen& seen = seen_[name];
    seen.text = seen.text || std::holds_alternative<std::string>(value);
    seen.width = std::max(seen.width, as_text(value).size());
  }
}

void ParameterColumns::add_to(Table& table) const {
  for (const auto& [name, seen] : seen_) {
    if (seen.text)
      table.add({name, Type::text, "text", "setting; empty where there is none", seen.width});
    else
      table.add({name, Type::f64, "as in the grid", "setting (flags are 1 or 0); NaN where there is none"});
  }
}

void ParameterColumns::write(const Flat& row, Row& out) const {
  for (const auto& [name, seen] : seen_) {
    const auto found = row.find(name);
    const bool absent = found == row.end();
    if (seen.text)
      out.set(name, absent ? std::string() : as_text(found->second));
    else
      out.set(name, absent ? std::numeric_limits<double>::quiet_NaN() : std::get<double>(found->second));
  }
}

}  // namespace espalier::record
