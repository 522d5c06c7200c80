// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "espalier/core/kind.hpp"

/// Settings of a component, each declared once and bound to a member of the struct that the component's code receives. The
/// initial value of the member is the default.
namespace espalier::core {

/// A setting of a struct S: its entry in the grid, and its member of S.
template <typename S>
struct Setting {
  Parameter parameter;
  std::function<void(S&, const Settings&)> take;        ///< the value of settings that have one; throws as Settings do
  std::function<std::optional<Value>(const S&)> value;  ///< nothing where the member holds none
  std::optional<Value> absent{};                        ///< what the member becomes where settings have no value

  Setting(Parameter p, decltype(take) taking, decltype(value) valued) : parameter(p), take(taking), value(valued) {}
  /// A setting of a base class.
  template <typename B>
  requires(std::derived_from<S, B> && !std::same_as<S, B>) Setting(const Setting<B>& base)
      : parameter(base.parameter), take(base.take), value(base.value), absent(base.absent) {}

  /// Without a default: the user must say it.
  Setting& required() { return parameter.optional = false, parameter.default_value.clear(), *this; }
  /// Files have another default than the member.
  Setting& usually(Value x) { return required(), parameter.default_value.push_back(std::move(x)), *this; }
  Setting& only_if(std::string other, std::vector<std::string> has) { return parameter.active_if = {other, has}, *this; }
  Setting& or_else(std::string other) { return parameter.optional = false, parameter.alternative_to = other, *this; }
  Setting& evaluation_only() { return parameter.evaluation_only = true, *this; }
  Setting& where_absent(Value of_member) { return absent = std::move(of_member), *this; }
  /// The value that files from before the setting mean.
  Setting& legacy(std::string word) {
    absent = parameter.type == Type::flag ? Value(word == "true") : Value(word);
    parameter.legacy_default = std::move(word);
    return *this;
  }
};

/// Throws std::logic_error where settings of a kind always have a value of `parameter`.
void check_absent(const Parameter& parameter, const Settings& settings);
/// Throws std::logic_error where `settings` have a value, the definition number aside, that is none of `parameters`.
void check_bound(const std::vector<Parameter>& parameters, const Settings& settings);

/// The settings of a component whose code receives an S, in the order of the help text.
template <typename S>
class Binding {
 public:
  /// `parts`: settings, and bindings of base classes of S.
  template <typename... Parts>
  Binding(const Parts&... parts) {
    (add(parts), ...);
  }

  /// The members that `settings` fill. Throws std::logic_error for a value that no setting is bound to, and where a value is
  /// missing that all settings of the kind have.
  S read(const Settings& settings) const {
    std::size_t bound = 0;
    S out = read_some(settings, [&](const Setting<S>& setting, bool said) {
      bound += said;
      if (!said && !setting.absent) check_absent(setting.parameter, settings);
    });
    if (bound < settings.values.size()) check_bound(parameters(), settings);
    return out;
  }
  /// The same of settings that may have others, or lack some.
  S read_some(const Settings& settings) const {
    return read_some(settings, [](const Setting<S>&, bool) {});
  }
  /// `act` of an S in place of settings; its other arguments are passed on.
  template <typename Act>
  auto reading(Act act) const {
    return [binding = *this, act](auto&&... arguments) { return act(binding.read_or_pass(arguments)...); };
  }
  /// `settings` with what `change` does to their members.
  Settings changed(Settings settings, const std::function<void(S&)>& change) const {
    const S before = read(settings);
    S after = before;
    change(after);
    for (const Setting<S>& setting : *all_)
      if (const auto value = setting.value(after); value && value != setting.value(before))
        settings.values[setting.parameter.name] = *value;
    return settings;
  }
  std::vector<Parameter> parameters() const {
    std::vector<Parameter> out;
    for (const Setting<S>& setting : *all_) out.push_back(setting.parameter);
    return out;
  }
  auto begin() const { return all_->begin(); }
  auto end() const { return all_->end(); }

 private:
  template <typename B>
  void add(const Setting<B>& setting) {
    all_->push_back(setting);
  }
  template <typename B>
  void add(const Binding<B>& base) {
    for (const Setting<B>& setting : base) add(setting);
  }
  S read_or_pass(const Settings& settings) const { return read(settings); }
  template <typename T>
  T& read_or_pass(T& other) const {
    return other;
  }
  template <typename Visit>
  S read_some(const Settings& settings, const Visit& visit) const {
    S out{};
    for (const Setting<S>& setting : *all_) {
      const std::string& name = setting.parameter.name;
      const bool said = settings.has(name);
      if (said)
        setting.take(out, settings);
      else if (setting.absent)
        setting.take(out, Settings{settings.kind, {{name, *setting.absent}}});
      visit(setting, said);
    }
    return out;
  }

  std::shared_ptr<std::vector<Setting<S>>> all_ = std::make_shared<std::vector<Setting<S>>>();
};

}  // namespace espalier::core
