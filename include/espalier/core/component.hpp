// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>

#include "espalier/core/setting.hpp"

namespace espalier::core {

/// Both allowed values at the ends.
struct Range {
  double min, max;
};

/// The words of a choice and what they mean, in the order of the help text.
template <typename E>
using Words = std::vector<std::pair<std::string, E>>;

/// How a member takes the value called `name`, and its value: nothing where an optional member is empty.
void take(const Settings& from, const std::string& name, double& to);
void take(const Settings& from, const std::string& name, int& to);
void take(const Settings& from, const std::string& name, std::uint32_t& to);
void take(const Settings& from, const std::string& name, bool& to);
void take(const Settings& from, const std::string& name, std::string& to);
void take(const Settings& from, const std::string& name, std::vector<double>& to);
void take(const Settings& from, const std::string& name, Settings& to);
[[noreturn]] void refuse_word(const Settings& from, const std::string& name);
template <typename T>
void take(const Settings& from, const std::string& name, std::optional<T>& to) {
  take(from, name, to.emplace());
}

Value value_of_member(double member);
Value value_of_member(int member);
Value value_of_member(std::uint32_t member);
Value value_of_member(bool member);
Value value_of_member(const std::string& member);
Value value_of_member(const std::vector<double>& member);
Value value_of_member(const Settings& member);
template <typename T>
std::optional<Value> value_of_member(const std::optional<T>& member) {
  return member ? std::optional<Value>(value_of_member(*member)) : std::nullopt;
}

template <typename T>
constexpr Type type_of = std::integral<T> ? Type::integer : Type::number;
template <>
inline constexpr Type type_of<bool> = Type::flag;
template <>
inline constexpr Type type_of<std::vector<double>> = Type::numbers;
template <>
inline constexpr Type type_of<Settings> = Type::nested;
template <typename T>
constexpr Type type_of<std::optional<T>> = type_of<T>;

/// A setting whose default is the member's initial value; without one, where the member is an empty optional, it is optional.
template <typename S, typename T>
Setting<S> setting(Parameter parameter, T S::*member) {
  const std::optional<Value> usual = value_of_member(S{}.*member);
  parameter.optional = !usual;
  if (usual) parameter.default_value = {*usual};
  return {parameter, [name = parameter.name, member](S& s, const Settings& from) { take(from, name, s.*member); },
          [member](const S& s) { return std::optional<Value>(value_of_member(s.*member)); }};
}

/// A number, whole number, flag or list of numbers, by the type of the member.
template <typename S, typename T>
Setting<S> setting(std::string name, T S::*member, Range range, std::string unit, std::string description) {
  return setting({.name = std::move(name),
                  .type = type_of<T>,
                  .min = range.min,
                  .max = range.max,
                  .unit = std::move(unit),
                  .description = std::move(description)},
                 member);
}

template <typename S>
Setting<S> flag(std::string name, bool S::*member, std::string description) {
  return setting({.name = std::move(name), .type = Type::flag, .description = std::move(description)}, member);
}

/// One of `words`; the member must be one of their values.
template <typename S, typename E>
Setting<S> choice(std::string name, E S::*member, Words<E> words, std::string description) {
  const auto word = [=](const S& s) {
    return Value(std::ranges::find(words, s.*member, &std::pair<std::string, E>::second)->first);
  };
  Parameter parameter{.name = name, .type = Type::choice, .default_value = {word(S{})}, .description = std::move(description)};
  for (const auto& [text, meaning] : words) parameter.choices.push_back(text);
  const auto take = [=](S& s, const Settings& from) {
    const auto found = std::ranges::find(words, from.text(name), &std::pair<std::string, E>::first);
    if (found == words.end()) refuse_word(from, name);
    s.*member = found->second;
  };
  return {std::move(parameter), take, word};
}

/// An entry of a catalogue whose code receives an S.
template <typename S>
struct Component {
  std::string name{}, family{}, description{};
  Binding<S> settings{};
  std::function<Cost(const S&)> cost{};
  std::function<int(const S&)> least_classes{};
  std::function<bool(const S&)> grey_only{};
  std::function<std::string(const S&)> advice{};
  int definition = 1;
  std::pair<std::string, std::vector<std::string>> definition_if{};

  Kind kind() const {
    Kind out{.name = name, .family = family, .description = description, .parameters = settings.parameters()};
    if (cost) out.cost = settings.reading(cost);
    if (least_classes) out.least_classes = settings.reading(least_classes);
    if (grey_only) out.grey_only = settings.reading(grey_only);
    if (advice) out.advice = settings.reading(advice);
    out.definition = definition;
    out.definition_if = definition_if;
    return out;
  }
};

}  // namespace espalier::core
