// SPDX-License-Identifier: BSD-3-Clause
#include "grid/exclusion.hpp"

#include <algorithm>

#include "grid/values.hpp"

namespace espalier::grid {
namespace {

bool accepts(const Alternatives& alternatives, const core::Settings& said);

bool accepts(const Alternatives& alternatives, const core::Value& value) {
  if (const auto* nested = std::get_if<std::vector<core::Settings>>(&value)) return accepts(alternatives, nested->front());
  return alternatives.texts.contains(text_of(value));
}

bool accepts(const Pattern& pattern, const core::Settings& said) {
  if (pattern.kinds && !pattern.kinds->texts.contains(said.kind)) return false;
  return std::ranges::all_of(pattern.parameters, [&](const auto& parameter) {
    const auto value = said.values.find(parameter.first);
    return value != said.values.end() && accepts(parameter.second, value->second);
  });
}

bool accepts(const Alternatives& alternatives, const core::Settings& said) {
  return alternatives.texts.contains(said.kind) ||
         std::ranges::any_of(alternatives.patterns, [&](const Pattern& pattern) { return accepts(pattern, said); });
}

}  // namespace

bool accepts(const Rule& rule, const std::string& axis, const AxisValue& value) {
  const auto found = rule.axes.find(axis);
  if (found == rule.axes.end()) return true;
  const auto* choice = std::get_if<Choice>(&value);
  return choice ? accepts(found->second, choice->said) : accepts(found->second, std::get<core::Value>(value));
}

Masks::Masks(const std::vector<Rule>& rules, const std::vector<Axis>& axes) : axes_(axes) {
  for (const Axis& axis : axes) {
    std::vector<Bits>& all = bits_.emplace_back(axis.values.size(), Bits((rules.size() + 63) / 64));
    for (std::size_t r = 0; r < rules.size(); ++r) {
      for (std::size_t v = 0; v < axis.values.size(); ++v)
        if (accepts(rules[r], axis.kind.name, axis.values[v])) all[v][r / 64] |= std::uint64_t{1} << (r % 64);
    }
  }
}

Masks::Bits Masks::of(const Product& product, std::uint64_t point) const {
  Bits bits(bits_.front().empty() ? 0 : bits_.front().front().size(), ~std::uint64_t{0});
  for (const std::size_t axis : product.axes()) {
    const Bits& own = bits_[axis][product.value(point, axis)];
    std::ranges::transform(bits, own, bits.begin(), std::bit_and<>());
  }
  return bits;
}

std::uint64_t Masks::count(std::size_t rule) const {
  const auto bit = [&](std::size_t axis, std::size_t value) { return (bits_[axis][value][rule / 64] >> (rule % 64)) & 1; };
  std::map<std::size_t, std::vector<char>> of_group;  // whether all axes of a group accept their value number i
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    std::vector<char>& accepted = of_group.try_emplace(axes_[a].group, axes_[a].values.size(), 1).first->second;
    for (std::size_t v = 0; v < accepted.size(); ++v) accepted[v] = accepted[v] && bit(a, v);
  }
  std::uint64_t product = 1;
  for (const auto& [group, accepted] : of_group) product *= static_cast<std::uint64_t>(std::ranges::count(accepted, 1));
  return product;
}

bool any(const Masks::Bits& bits) {
  return std::ranges::any_of(bits, [](std::uint64_t word) { return word != 0; });
}

bool share(const Masks::Bits& a, const Masks::Bits& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] & b[i]) return true;
  }
  return false;
}

}  // namespace espalier::grid
