// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/core/settings.hpp"

#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace espalier::core {
namespace {

template <typename T>
const T& get(const Settings& settings, std::string_view name) {
  const auto found = settings.values.find(std::string(name));
  if (found == settings.values.end()) throw std::logic_error(fmt::format("'{}' has no parameter '{}'", settings.kind, name));
  const T* value = std::get_if<T>(&found->second);
  if (!value) throw std::logic_error(fmt::format("parameter '{}' of '{}' has another type", name, settings.kind));
  return *value;
}

std::string quoted(std::string_view text) {
  std::string out(1, '"');
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<int>(c));
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out += '"';
}

struct Writer {
  std::string operator()(bool x) const { return x ? "true" : "false"; }
  std::string operator()(double x) const { return canonical(x); }
  std::string operator()(const std::string& x) const { return quoted(x); }
  std::string operator()(const std::vector<double>& list) const {
    std::string out(1, '[');
    for (const double x : list) {
      if (out.size() > 1) out += ',';
      out += canonical(x);
    }
    return out += ']';
  }
  std::string operator()(const std::vector<Settings>& nested) const { return canonical(nested.at(0)); }
};

}  // namespace

bool Settings::has(std::string_view name) const { return values.contains(std::string(name)); }
double Settings::number(std::string_view name) const { return get<double>(*this, name); }
int Settings::integer(std::string_view name) const {
  const double x = get<double>(*this, name);
  if (!(x >= std::numeric_limits<int>::min() && x <= std::numeric_limits<int>::max() && std::floor(x) == x))
    throw std::logic_error(fmt::format("parameter '{}' of '{}' is {}, not a whole number", name, kind, x));
  return static_cast<int>(x);
}
bool Settings::flag(std::string_view name) const { return get<bool>(*this, name); }
const std::string& Settings::text(std::string_view name) const { return get<std::string>(*this, name); }
const std::vector<double>& Settings::numbers(std::string_view name) const { return get<std::vector<double>>(*this, name); }
const Settings& Settings::nested(std::string_view name) const { return get<std::vector<Settings>>(*this, name).at(0); }

std::string canonical(double x) {
  char buffer[32];
  if (x == 0) x = 0;  // -0 and 0 are one value
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, x).ptr;
  return {buffer, end};
}

std::string canonical(const Value& value) { return std::visit(Writer{}, value); }

std::string canonical(const Settings& settings) {
  std::string out = fmt::format("{{\"kind\":{}", quoted(settings.kind));
  for (const auto& [name, value] : settings.values) out += fmt::format(",{}:{}", quoted(name), canonical(value));
  return out += '}';
}

}  // namespace espalier::core
