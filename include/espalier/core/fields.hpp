// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <variant>

namespace espalier::core {

/// One number of a result, bound to its member: a column of the result's table, its place in reading and writing, and a part of
/// the digest.
template <typename Result>
struct Field {
  std::string_view name;
  std::string_view unit;
  std::string_view description;
  std::variant<double Result::*, float Result::*, std::uint32_t Result::*> member;

  bool whole() const { return std::holds_alternative<std::uint32_t Result::*>(member); }
  double of(const Result& result) const {
    return std::visit([&](auto own) { return static_cast<double>(result.*own); }, member);
  }
  void set(Result& result, double number) const {
    std::visit([&](auto own) { result.*own = static_cast<std::decay_t<decltype(result.*own)>>(number); }, member);
  }
};

}  // namespace espalier::core
