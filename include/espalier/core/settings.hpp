// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace espalier::core {

struct Settings;

/// One value of a setting. Numbers are doubles (integers are exact up to 2^53); a list is a list of numbers;
/// the last alternative holds exactly one nested choice, such as a noise's source.
using Value = std::variant<bool, double, std::string, std::vector<double>, std::vector<Settings>>;

/// One choice on an axis, complete: a kind and the values of all its parameters, defaults filled in.
/// Two equal Settings describe the same thing; parameters that the kind does not use are absent.
struct Settings {
  std::string kind;
  std::map<std::string, Value> values;

  bool operator==(const Settings&) const = default;
  bool has(std::string_view name) const;
  /// The value called `name`; throws std::logic_error naming kind and parameter when it is absent or of another type.
  double number(std::string_view name) const;
  int integer(std::string_view name) const;
  bool flag(std::string_view name) const;
  const std::string& text(std::string_view name) const;
  const std::vector<double>& numbers(std::string_view name) const;
  const Settings& nested(std::string_view name) const;
};

/// Settings that many rows share: one copy in memory, which never changes.
class SharedSettings {
 public:
  SharedSettings() : SharedSettings(Settings{}) {}
  SharedSettings(Settings settings) : settings_(std::make_shared<const Settings>(std::move(settings))) {}

  operator const Settings&() const { return *settings_; }
  const Settings& operator*() const { return *settings_; }
  const Settings* operator->() const { return settings_.get(); }
  /// Equal for rows that share one copy.
  const Settings* address() const { return settings_.get(); }

 private:
  std::shared_ptr<const Settings> settings_;
};

/// The shortest decimal text that reads back as `x`: 0.3, 1, 1e-05.
std::string canonical(double x);

/// Canonical JSON text: keys sorted, no spaces, shortest numbers. Equal settings give equal text.
std::string canonical(const Value& value);
std::string canonical(const Settings& settings);

}  // namespace espalier::core
